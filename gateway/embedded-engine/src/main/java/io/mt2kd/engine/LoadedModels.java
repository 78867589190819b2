package io.mt2kd.engine;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The models of a repository after the load; found by name and version as Triton finds them. */
final class LoadedModels implements AutoCloseable {
  private static final Pattern NUMBER = Pattern.compile("\\s*\\+?([0-9]{1,18})(?![0-9])");

  private final List<String> present;
  private final Map<String, NavigableMap<Long, ServedModel>> served;
  private final Map<String, String> failures;

  /**
   * @param present every model in the repository, loaded or not
   * @param failures models that could not be loaded, with the reason
   */
  LoadedModels(
      List<String> present,
      Map<String, NavigableMap<Long, ServedModel>> served,
      Map<String, String> failures) {
    this.present = List.copyOf(present);
    this.served = new HashMap<>(served);
    this.failures = new TreeMap<>(failures);
  }

  List<String> present() {
    return present;
  }

  Map<String, String> failures() {
    return failures;
  }

  /** The loaded versions of a model, ascending; empty where there is none. */
  Collection<ServedModel> versions(String name) {
    @Nullable NavigableMap<Long, ServedModel> versions = served.get(name);
    return versions == null ? List.of() : versions.values();
  }

  /**
   * Finds a model.
   *
   * @param version a positive number, or empty for the latest
   */
  ServedModel find(String name, String version) throws EngineException {
    long number = parseVersion(version);
    @Nullable NavigableMap<Long, ServedModel> versions = served.get(name);
    if (versions == null) {
      throw new EngineException(
          EngineException.Kind.NOT_FOUND,
          "Request for unknown model: '%s' %s"
              .formatted(
                  name, present.contains(name) ? "has no available versions" : "is not found"));
    }
    if (number < 0) {
      return versions.lastEntry().getValue();
    }
    @Nullable ServedModel model = versions.get(number);
    if (model == null) {
      throw new EngineException(
          EngineException.Kind.NOT_FOUND,
          "Request for unknown model: '%s' version %d is not found".formatted(name, number));
    }
    return model;
  }

  /** The version's number, or -1 for "the latest". */
  static long parseVersion(String version) throws EngineException {
    if (version.isEmpty()) {
      return -1;
    }
    // Triton reads with C's strtol: what follows the number does not count.
    Matcher number = NUMBER.matcher(version);
    if (number.lookingAt()) {
      return Long.parseLong(number.group(1));
    }
    throw EngineException.invalid(
        "model version '%s' (expected: an integral value > 0)".formatted(version));
  }

  @Override
  public void close() {
    served.values().forEach(LoadedModels::close);
  }

  /** Closes the versions of one model, if there are any. */
  static void close(@Nullable NavigableMap<Long, ServedModel> versions) {
    if (versions == null) {
      return;
    }
    for (ServedModel model : versions.values()) {
      if (model instanceof OnnxModel onnx) {
        onnx.close();
      }
    }
  }
}
