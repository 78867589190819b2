package io.mt2kd.gateway.triton;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How the gateway talks to a server of Triton's protocol.
 *
 * @param model name of the ensemble
 * @param safetyLimit after which a call is given up for lost; far above the slowest honest answer,
 *     because giving up cancels upstream, which has been seen to kill Triton 24.10
 * @param pollInterval between two looks at whether the model is there and which one it is
 */
public record TritonOptions(String model, Duration safetyLimit, Duration pollInterval) {
  /** The ensemble {@code mt2kd}, two minutes, two seconds. */
  public static final TritonOptions DEFAULT =
      new TritonOptions("mt2kd", Duration.ofMinutes(2), Duration.ofSeconds(2));

  public TritonOptions {
    requireNonNull(model, "model");
    requirePositive("safetyLimit", safetyLimit);
    requirePositive("pollInterval", pollInterval);
  }

  private static void requirePositive(String field, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: > 0)");
    }
  }
}
