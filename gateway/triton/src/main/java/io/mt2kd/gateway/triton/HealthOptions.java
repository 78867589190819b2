package io.mt2kd.gateway.triton;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How it is found out whether a replica works. All are above zero.
 *
 * @param pollInterval between two looks at whether the model is there and which one it is
 * @param answerLimit for a look, which costs a server nothing: silence for so long is an answer,
 *     and twice as long means that the server is gone
 * @param probeInterval between two small inferences, below {@code stallLimit}
 * @param stallLimit for which a replica with calls under way may end none of them
 * @param ejectionTime that a replica is out for failing or stalling the first time
 */
public record HealthOptions(
    Duration pollInterval,
    Duration answerLimit,
    Duration probeInterval,
    Duration stallLimit,
    Duration ejectionTime) {
  /** Two seconds, two seconds, five seconds, ten seconds, five seconds. */
  public static final HealthOptions DEFAULT =
      new HealthOptions(
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5));

  public HealthOptions {
    requirePositive("pollInterval", pollInterval);
    requirePositive("answerLimit", answerLimit);
    requirePositive("probeInterval", probeInterval);
    requirePositive("stallLimit", stallLimit);
    requirePositive("ejectionTime", ejectionTime);
    // A probe is what shows that a replica with one call that hangs does work.
    if (probeInterval.compareTo(stallLimit) >= 0) {
      throw new IllegalArgumentException(
          "probeInterval: " + probeInterval + " (expected: < stallLimit, " + stallLimit + ")");
    }
  }

  static void requirePositive(String field, Duration value) {
    requireNonNull(value, field);
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(field + ": " + value + " (expected: > 0)");
    }
  }
}
