package io.mt2kd.gateway.telemetry.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Map;
import java.util.function.Supplier;

/** How many batches each replica may have in flight; as the replicas are at the scrape. */
final class InFlightLimitMetric implements Collector {
  private final Supplier<Map<String, Integer>> limits;

  InFlightLimitMetric(Supplier<Map<String, Integer>> limits) {
    this.limits = limits;
  }

  @Override
  public MetricSnapshot collect() {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder()
            .name("mt2kd_batches_in_flight_limit")
            .help("Batches that the replica may have in flight, found by trying");
    limits
        .get()
        .forEach(
            (replica, limit) ->
                gauge.dataPoint(
                    GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("replica", replica))
                        .value(limit)
                        .build()));
    return gauge.build();
  }
}
