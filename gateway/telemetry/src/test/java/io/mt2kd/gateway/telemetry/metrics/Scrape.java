package io.mt2kd.gateway.telemetry.metrics;

import java.util.Arrays;
import java.util.List;

/** What a scraper reads of some metrics. */
final class Scrape {
  private Scrape() {}

  /** The samples whose names begin so, without those of histograms' buckets. */
  static List<String> of(GatewayMetrics metrics, String prefix) {
    return Arrays.stream(metrics.registry().scrape().split("\n"))
        .filter(line -> line.startsWith(prefix) && !line.contains("_bucket{"))
        .toList();
  }

  /** The value of the one sample that is called so, labels included. */
  static double value(GatewayMetrics metrics, String sample) {
    List<String> found = of(metrics, sample + " ");
    if (found.size() != 1) {
      throw new AssertionError(
          sample + ": " + found + " (expected: one) in\n" + metrics.registry().scrape());
    }
    return Double.parseDouble(found.get(0).substring(sample.length() + 1));
  }
}
