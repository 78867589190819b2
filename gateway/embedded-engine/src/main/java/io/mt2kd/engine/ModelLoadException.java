package io.mt2kd.engine;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A model repository could not be loaded; says for each failed model why. */
public final class ModelLoadException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final TreeMap<String, String> failures;

  ModelLoadException(Map<String, String> failures) {
    super(
        new TreeMap<>(failures)
            .entrySet().stream()
                .map(
                    failure ->
                        "failed to load model '" + failure.getKey() + "': " + failure.getValue())
                .collect(Collectors.joining("; ")));
    this.failures = new TreeMap<>(failures);
  }

  ModelLoadException(String message, Throwable cause) {
    super(message, cause);
    this.failures = new TreeMap<>();
  }

  /** The failed models by name with the reason for each; empty when no model was reached. */
  public Map<String, String> failures() {
    return Map.copyOf(failures);
  }
}
