package io.mt2kd.engine;

import com.google.protobuf.TextFormat;
import inference.ModelConfig;
import inference.ModelVersionPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model's folder in the repository: {@code config.pbtxt} and numeric version folders.
 *
 * @param config as written, unknown fields left out
 * @param versions the versions that the version policy selects, ascending
 */
record ModelDirectory(Path folder, String name, ModelConfig config, List<Long> versions) {
  private static final Logger logger = LoggerFactory.getLogger(ModelDirectory.class);
  private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");

  /** The names of the models in a repository: its folders, hidden ones aside. */
  static List<String> list(Path repository) throws IOException {
    try (Stream<Path> entries = Files.list(repository)) {
      return entries
          .filter(Files::isDirectory)
          .map(folder -> folder.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    }
  }

  static ModelDirectory read(Path repository, String name) throws InvalidModelException {
    Path folder = repository.resolve(name);
    ModelConfig config = parse(folder.resolve("config.pbtxt"), name);
    if (!config.getName().isEmpty() && !config.getName().equals(name)) {
      throw new InvalidModelException(
          "config.pbtxt names '" + config.getName() + "' (expected: the folder's name)");
    }
    List<Long> versions = select(availableVersions(folder), config.getVersionPolicy());
    if (versions.isEmpty()) {
      throw new InvalidModelException(
          "no version folder under the version policy (expected: a folder such as '1'; an ensemble"
              + " needs one too, and git does not keep an empty one)");
    }
    return new ModelDirectory(folder, name, config, versions);
  }

  Path modelFile(long version) throws InvalidModelException {
    String file =
        config.getDefaultModelFilename().isEmpty()
            ? "model.onnx"
            : config.getDefaultModelFilename();
    if (file.contains("/") || file.contains("\\") || file.equals("..")) {
      throw new InvalidModelException(
          "default_model_filename '" + file + "' (expected: a file name without folders)");
    }
    Path path = folder.resolve(Long.toString(version)).resolve(file);
    if (!Files.isRegularFile(path)) {
      throw new InvalidModelException("version " + version + " has no file '" + file + "'");
    }
    return path;
  }

  private static ModelConfig parse(Path file, String model) throws InvalidModelException {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new InvalidModelException("config.pbtxt is missing or cannot be read", e);
    }
    try {
      return TextFormat.parse(text, ModelConfig.class);
    } catch (TextFormat.ParseException strict) {
      ModelConfig.Builder lenient = ModelConfig.newBuilder();
      try {
        TextFormat.Parser.newBuilder().setAllowUnknownFields(true).build().merge(text, lenient);
      } catch (TextFormat.ParseException e) {
        throw new InvalidModelException("config.pbtxt is not valid: " + e.getMessage(), e);
      }
      logger.warn("model '{}': config.pbtxt, ignored: {}", model, strict.getMessage());
      return lenient.build();
    }
  }

  private static List<Long> availableVersions(Path folder) throws InvalidModelException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .map(entry -> entry.getFileName().toString())
          .filter(entry -> VERSION.matcher(entry).matches())
          .map(Long::valueOf)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new InvalidModelException("the model's folder cannot be read", e);
    }
  }

  /** Triton's version policy; none means the latest version only. */
  static List<Long> select(List<Long> ascending, ModelVersionPolicy policy) {
    switch (policy.getPolicyChoiceCase()) {
      case ALL:
        return ascending;
      case SPECIFIC:
        Set<Long> wanted = Set.copyOf(policy.getSpecific().getVersionsList());
        return ascending.stream().filter(wanted::contains).toList();
      default:
        int count = Math.max(1, policy.getLatest().getNumVersions());
        var latest = new ArrayList<>(ascending);
        Collections.reverse(latest);
        return latest.stream().limit(count).sorted().toList();
    }
  }
}
