package io.mt2kd.gateway.server.configuration;

import java.time.Duration;

/** The one wording of what is wrong with a setting. */
final class Require {
  private Require() {}

  static void that(boolean holds, String field, Object value, String expected) {
    if (!holds) {
      throw new InvalidConfigurationException(
          field + ": " + value + " (expected: " + expected + ")");
    }
  }

  static void positive(String field, Duration value) {
    that(!value.isNegative() && !value.isZero(), field, value, "a duration > 0, for example 30s");
  }
}
