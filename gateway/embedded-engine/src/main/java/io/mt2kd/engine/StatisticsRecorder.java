package io.mt2kd.engine;

import inference.InferBatchStatistics;
import inference.InferStatistics;
import inference.ModelStatistics;
import inference.StatisticDuration;
import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts what one version of a model did, as Triton's statistics extension defines it: {@code
 * inference_count} is rows, {@code execution_count} is runs; a failure counts in {@code fail} only,
 * a request that was refused or dropped nowhere. Thread-safe.
 */
final class StatisticsRecorder {
  /** Nanoseconds that one run spent waiting, reading inputs, computing, writing outputs. */
  record Durations(long queue, long input, long infer, long output) {
    static final Durations ZERO = new Durations(0, 0, 0, 0);

    Durations plus(Durations other) {
      return new Durations(
          queue + other.queue, input + other.input, infer + other.infer, output + other.output);
    }

    long compute() {
      return input + infer + output;
    }
  }

  private record Total(long count, Durations durations) {
    Total plus(Durations other) {
      return new Total(count + 1, durations.plus(other));
    }

    private StatisticDuration of(long nanos) {
      return StatisticDuration.newBuilder().setCount(count).setNs(nanos).build();
    }
  }

  private final Clock clock;
  private long lastInferenceMillis;
  private long inferenceCount;
  private long successNanos;
  private long failCount;
  private long failNanos;
  private Total total = new Total(0, Durations.ZERO);
  private final Map<Integer, Total> byBatchSize = new TreeMap<>();

  StatisticsRecorder(Clock clock) {
    this.clock = clock;
  }

  /**
   * A run that succeeded.
   *
   * @param elapsed nanoseconds from arrival to answer; less than the sum of the parts where steps
   *     of an ensemble ran side by side
   */
  synchronized void succeeded(int rows, long elapsed, Durations durations) {
    lastInferenceMillis = clock.millis();
    inferenceCount += rows;
    successNanos += elapsed;
    total = total.plus(durations);
    byBatchSize.merge(
        rows, new Total(1, durations), (known, added) -> known.plus(added.durations()));
  }

  synchronized void failed(long elapsed) {
    failCount++;
    failNanos += elapsed;
  }

  synchronized ModelStatistics snapshot(String name, long version) {
    Durations sum = total.durations();
    var statistics =
        ModelStatistics.newBuilder()
            .setName(name)
            .setVersion(Long.toString(version))
            .setLastInference(lastInferenceMillis)
            .setInferenceCount(inferenceCount)
            .setExecutionCount(total.count())
            .setInferenceStats(
                InferStatistics.newBuilder()
                    .setSuccess(total.of(successNanos))
                    .setFail(StatisticDuration.newBuilder().setCount(failCount).setNs(failNanos))
                    .setQueue(total.of(sum.queue()))
                    .setComputeInput(total.of(sum.input()))
                    .setComputeInfer(total.of(sum.infer()))
                    .setComputeOutput(total.of(sum.output())));
    byBatchSize.forEach(
        (rows, batch) ->
            statistics.addBatchStats(
                InferBatchStatistics.newBuilder()
                    .setBatchSize(rows)
                    .setComputeInput(batch.of(batch.durations().input()))
                    .setComputeInfer(batch.of(batch.durations().infer()))
                    .setComputeOutput(batch.of(batch.durations().output()))));
    return statistics.build();
  }
}
