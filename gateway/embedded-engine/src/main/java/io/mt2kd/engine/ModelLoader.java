package io.mt2kd.engine;

import ai.onnxruntime.OrtEnvironment;
import inference.ModelEnsembling;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads a repository once: read the folders, open the ONNX files, then join the ensembles. */
final class ModelLoader {
  private static final Logger logger = LoggerFactory.getLogger(ModelLoader.class);

  private final Path repository;
  private final EngineOptions options;
  private final OrtEnvironment environment;
  private final TensorCodec codec;
  private final Clock clock;

  private final Map<String, ModelDirectory> directories = new LinkedHashMap<>();
  private final Map<String, NavigableMap<Long, ServedModel>> loaded = new HashMap<>();
  private final Map<String, String> failures = new TreeMap<>();

  ModelLoader(
      Path repository,
      EngineOptions options,
      OrtEnvironment environment,
      TensorCodec codec,
      Clock clock) {
    this.repository = repository;
    this.options = options;
    this.environment = environment;
    this.codec = codec;
    this.clock = clock;
  }

  LoadedModels load() {
    List<String> present;
    try {
      present = ModelDirectory.list(repository);
    } catch (IOException e) {
      throw new ModelLoadException("the model repository cannot be read: " + repository, e);
    }
    readDirectories(present);
    try {
      // Ensembles last: they join models that must be there.
      directories.values().stream().filter(d -> !isEnsemble(d)).forEach(this::loadVersions);
      directories.values().stream().filter(ModelLoader::isEnsemble).forEach(this::loadVersions);
      if (!failures.isEmpty() && options.exitOnError()) {
        throw new ModelLoadException(failures);
      }
    } catch (RuntimeException | Error e) {
      new LoadedModels(present, loaded, failures).close();
      throw e;
    }
    failures.forEach((name, reason) -> logger.error("model '{}' is not served: {}", name, reason));
    return new LoadedModels(present, loaded, failures);
  }

  private void readDirectories(List<String> present) {
    Set<String> wanted = options.models().isEmpty() ? Set.copyOf(present) : options.models();
    var open = new ArrayDeque<>(wanted);
    var seen = new LinkedHashSet<String>();
    while (!open.isEmpty()) {
      String name = open.pop();
      if (!seen.add(name)) {
        continue;
      }
      if (!present.contains(name)) {
        failures.put(name, "not in the repository (expected: one of " + present + ")");
        continue;
      }
      try {
        ModelDirectory directory = ModelDirectory.read(repository, name);
        directories.put(name, directory);
        for (ModelEnsembling.Step step : directory.config().getEnsembleScheduling().getStepList()) {
          // A member that is missing is the ensemble's failure, told there with its name.
          if (present.contains(step.getModelName())) {
            open.add(step.getModelName());
          }
        }
      } catch (InvalidModelException e) {
        failures.put(name, String.valueOf(e.getMessage()));
      }
    }
  }

  private void loadVersions(ModelDirectory directory) {
    try {
      boolean ensemble = ModelDefinition.isEnsemble(directory.config());
      for (long version : directory.versions()) {
        var statistics = new StatisticsRecorder(clock);
        ServedModel model =
            ensemble
                ? EnsembleModel.load(
                    ModelDefinition.of(directory.name(), directory.config()),
                    version,
                    this::member,
                    statistics)
                : OnnxModel.load(
                    directory, version, environment, options.intraOpThreads(), codec, statistics);
        loaded.computeIfAbsent(directory.name(), name -> new TreeMap<>()).put(version, model);
      }
      logger.info("model '{}' is served, versions {}", directory.name(), directory.versions());
    } catch (InvalidModelException e) {
      failures.put(directory.name(), String.valueOf(e.getMessage()));
      // All versions or none: a model that failed is not half there.
      LoadedModels.close(loaded.remove(directory.name()));
    }
  }

  private OnnxModel member(String name, long version) throws InvalidModelException {
    @Nullable NavigableMap<Long, ServedModel> versions = loaded.get(name);
    if (versions == null) {
      throw new InvalidModelException(
          "member '%s' is not available%s"
              .formatted(name, failures.containsKey(name) ? ": " + failures.get(name) : ""));
    }
    ServedModel model = version < 0 ? versions.lastEntry().getValue() : versions.get(version);
    if (model instanceof OnnxModel member) {
      return member;
    }
    throw new InvalidModelException(
        model == null
            ? "member '%s' has no version %d (expected: one of %s)"
                .formatted(name, version, versions.keySet())
            : "member '%s' is an ensemble itself (expected: a model that runs)".formatted(name));
  }

  private static boolean isEnsemble(ModelDirectory directory) {
    return directory.config().hasEnsembleScheduling();
  }
}
