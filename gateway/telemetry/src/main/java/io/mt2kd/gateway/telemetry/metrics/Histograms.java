package io.mt2kd.gateway.telemetry.metrics;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;

/**
 * The buckets of every histogram: few and fixed, so that a series costs little and quantiles of
 * several gateways add up. Percentiles are the server's to compute.
 */
final class Histograms {
  private static final Duration[] SECONDS =
      millis(1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000);
  private static final Duration[] OVERHEAD =
      millis(0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 25, 50, 100, 250, 1_000);
  private static final double[] BYTES = {
    1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26
  };
  private static final double[] UTTERANCES = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64};
  private static final double[] RATIO = {0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1};

  private Histograms() {}

  /** Of what takes from a millisecond to half a minute. */
  static Timer.Builder seconds(String name, String description) {
    return Timer.builder(name).description(description).serviceLevelObjectives(SECONDS);
  }

  /** Of what ought to take less than a millisecond. */
  static Timer.Builder overhead(String name, String description) {
    return Timer.builder(name).description(description).serviceLevelObjectives(OVERHEAD);
  }

  static DistributionSummary.Builder bytes(String name, String description) {
    return DistributionSummary.builder(name)
        .description(description)
        .baseUnit("bytes")
        .serviceLevelObjectives(BYTES);
  }

  static DistributionSummary utterances(MeterRegistry registry, String name, String description) {
    return DistributionSummary.builder(name)
        .description(description)
        .baseUnit("utterances")
        .serviceLevelObjectives(UTTERANCES)
        .register(registry);
  }

  /** From 0 to 1; the name says so. */
  static DistributionSummary ratio(MeterRegistry registry, String name, String description) {
    return DistributionSummary.builder(name)
        .description(description)
        .serviceLevelObjectives(RATIO)
        .register(registry);
  }

  private static Duration[] millis(double... values) {
    return Arrays.stream(values)
        .mapToObj(value -> Duration.ofNanos((long) (value * 1e6)))
        .toArray(Duration[]::new);
  }
}
