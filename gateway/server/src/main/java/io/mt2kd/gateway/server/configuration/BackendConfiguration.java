package io.mt2kd.gateway.server.configuration;

import java.time.Duration;

/**
 * Towards the model.
 *
 * @param target where the servers of Triton's protocol are, for example {@code triton:8001}: see
 *     {@link BackendTarget}; or {@code embedded}, where the program carries the embedded engine
 * @param repository model repository of the embedded engine; empty for the reference model
 * @param model name of the ensemble
 * @param safetyLimit after which a call to the backend is given up for lost
 * @param pollInterval between two looks at whether the model is there
 */
public record BackendConfiguration(
    String target, String repository, String model, Duration safetyLimit, Duration pollInterval) {
  /** What {@link #target} says for the engine in this process. */
  public static final String EMBEDDED = "embedded";

  public static final BackendConfiguration DEFAULT =
      new BackendConfiguration(EMBEDDED, "", "mt2kd", Duration.ofMinutes(2), Duration.ofSeconds(2));

  public BackendConfiguration {
    BackendTarget.parse(target);
    Require.that(!model.isBlank(), "backend.model", model, "a name");
    Require.positive("backend.safety-limit", safetyLimit);
    Require.positive("backend.poll-interval", pollInterval);
  }

  /** Whether the engine in this process is meant. */
  public boolean embedded() {
    return target.equals(EMBEDDED);
  }
}
