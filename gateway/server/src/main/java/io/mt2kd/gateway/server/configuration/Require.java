package io.mt2kd.gateway.server.configuration;

import java.time.Duration;

/** The one wording of what is wrong with a setting. */
final class Require {
  // No honest limit is longer, and in nanoseconds it fits into a long with room to spare.
  private static final Duration LONGEST = Duration.ofHours(24);

  private Require() {}

  static void that(boolean holds, String field, Object value, String expected) {
    if (!holds) {
      throw new InvalidConfigurationException(
          field + ": " + value + " (expected: " + expected + ")");
    }
  }

  static void positiveOrZero(String field, Duration value) {
    that(
        !value.isNegative() && value.compareTo(LONGEST) <= 0,
        field,
        value,
        "a duration >= 0s, for example 30s, and at most 24h");
  }

  static void positive(String field, Duration value) {
    that(
        !value.isNegative() && !value.isZero() && value.compareTo(LONGEST) <= 0,
        field,
        value,
        "a duration > 0, for example 30s, and at most 24h");
  }
}
