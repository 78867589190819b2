package io.mt2kd.gateway.telemetry.metrics;

import io.mt2kd.gateway.triton.FailOverStatus;
import io.mt2kd.gateway.triton.ReplicaStatus;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * How each replica does at the moment of the scrape, and what was sent on so far. Replicas come and
 * go, so that these are made anew each time: a replica that has left leaves no series behind.
 */
final class ReplicaMetrics implements MultiCollector {
  private final Supplier<List<ReplicaStatus>> statuses;
  private final Supplier<FailOverStatus> failOver;

  ReplicaMetrics(Supplier<List<ReplicaStatus>> statuses, Supplier<FailOverStatus> failOver) {
    this.statuses = statuses;
    this.failOver = failOver;
  }

  @Override
  public MetricSnapshots collect() {
    List<ReplicaStatus> now = statuses.get();
    FailOverStatus sentOn = failOver.get();
    return new MetricSnapshots(
        states(now),
        gauge(
            now,
            "mt2kd_replica_outstanding_audio_seconds",
            "Audio under way at the replica, padding included",
            status -> status.outstanding().toNanos() / 1e9),
        gauge(
            now,
            "mt2kd_replica_weight_ratio",
            "Share of a whole replica that it counts as; less for a newcomer",
            ReplicaStatus::weight),
        gauge(
            now,
            "mt2kd_replica_breaker_open",
            "1 while half of the replica's last calls found nobody who answers",
            status -> status.breakerOpen() ? 1 : 0),
        ejections(now),
        retries(sentOn),
        CounterSnapshot.builder()
            .name("mt2kd_retries_refused")
            .help("How often the budget had no room for sending a batch on")
            .dataPoint(CounterDataPointSnapshot.builder().value((double) sentOn.refused()).build())
            .build(),
        GaugeSnapshot.builder()
            .name("mt2kd_retry_budget_ratio")
            .help("What is left of the budget for sending batches on")
            .dataPoint(GaugeDataPointSnapshot.builder().value(sentOn.budget()).build())
            .build());
  }

  /** For each replica one series for each state, 1 for the one that it is in. */
  private static GaugeSnapshot states(List<ReplicaStatus> now) {
    GaugeSnapshot.Builder gauge =
        GaugeSnapshot.builder().name("mt2kd_replica_state").help("1 for the state it is in");
    for (ReplicaStatus status : now) {
      for (State state : State.values()) {
        gauge.dataPoint(
            GaugeDataPointSnapshot.builder()
                .labels(
                    Labels.of(
                        "replica",
                        status.replica(),
                        "state",
                        state.name().toLowerCase(Locale.ROOT)))
                .value(status.state() == state ? 1 : 0)
                .build());
      }
    }
    return gauge.build();
  }

  private static GaugeSnapshot gauge(
      List<ReplicaStatus> now, String name, String help, ToDoubleFunction<ReplicaStatus> value) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    for (ReplicaStatus status : now) {
      gauge.dataPoint(
          GaugeDataPointSnapshot.builder()
              .labels(Labels.of("replica", status.replica()))
              .value(value.applyAsDouble(status))
              .build());
    }
    return gauge.build();
  }

  private static CounterSnapshot ejections(List<ReplicaStatus> now) {
    CounterSnapshot.Builder counter =
        CounterSnapshot.builder()
            .name("mt2kd_replica_ejections")
            .help("How often the replica was taken out for failing or stalling");
    for (ReplicaStatus status : now) {
      counter.dataPoint(
          CounterDataPointSnapshot.builder()
              .labels(Labels.of("replica", status.replica()))
              .value((double) status.ejections())
              .build());
    }
    return counter.build();
  }

  private static CounterSnapshot retries(FailOverStatus sentOn) {
    return CounterSnapshot.builder()
        .name("mt2kd_retries")
        .help("Batches sent on to another replica")
        .dataPoint(retries("failure", sentOn.retries()))
        .dataPoint(retries("stall", sentOn.moves()))
        .build();
  }

  private static CounterDataPointSnapshot retries(String reason, long count) {
    return CounterDataPointSnapshot.builder()
        .labels(Labels.of("reason", reason))
        .value((double) count)
        .build();
  }
}
