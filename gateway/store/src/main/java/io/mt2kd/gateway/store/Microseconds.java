package io.mt2kd.gateway.store;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as stored: whole microseconds, instants since 1970-01-01 UTC. */
final class Microseconds {
  private Microseconds() {}

  static long of(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  static long of(Duration duration) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.EPOCH.plus(duration));
  }

  static Instant toInstant(long microseconds) {
    return Instant.EPOCH.plus(microseconds, ChronoUnit.MICROS);
  }

  static Duration toDuration(long microseconds) {
    return Duration.of(microseconds, ChronoUnit.MICROS);
  }
}
