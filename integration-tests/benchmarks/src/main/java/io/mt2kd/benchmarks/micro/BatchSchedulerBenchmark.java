package io.mt2kd.benchmarks.micro;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.batching.internal.schedule.Batch;
import io.mt2kd.gateway.core.batching.internal.schedule.BatchScheduler;
import io.mt2kd.gateway.core.batching.internal.schedule.Decisions;
import io.mt2kd.gateway.core.inference.Head;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The scheduler's share of one utterance: it arrives, a decision is made, and as its batch's share
 * the finish and the decision after it. One replica with a simulated time; so many utterances wait
 * on average.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BatchSchedulerBenchmark {
  private static final int MAXIMUM_BATCH_SIZE = 8;
  private static final long ARRIVAL_NANOS = 1_000_000;
  private static final long DEADLINE_NANOS = 3_600_000_000_000L;
  private static final int[] BUCKETS = {16_000, 32_000, 48_000, 96_000, 240_000};
  private static final Set<Head> HEADS = Set.of(Head.ASR, Head.AT, Head.SV);

  @Param({"32", "256"})
  private int waiting;

  private final BatchScheduler<Integer> scheduler =
      new BatchScheduler<>(BatchingSettings.DEFAULT, new ServiceTimes());
  private final Queue<Batch<Integer>> running = new ArrayDeque<>();
  private int arrivals;
  private long now;

  public BatchSchedulerBenchmark() {
    scheduler.serve(MAXIMUM_BATCH_SIZE, List.of("replica"));
  }

  @Benchmark
  public int arriveDecideFinish() {
    now += ARRIVAL_NANOS;
    int bucket = BUCKETS[arrivals % BUCKETS.length];
    scheduler.arrive(
        now, arrivals++, bucket, bucket, HEADS, Priority.INTERACTIVE, now + DEADLINE_NANOS);
    decide();
    if (scheduler.waiting() > waiting) {
      Batch<Integer> done = running.remove();
      scheduler.finished(now, done, "replica");
      decide();
    }
    return scheduler.waiting();
  }

  private void decide() {
    Decisions<Integer> decisions = scheduler.decide(now);
    running.addAll(decisions.batches());
  }
}
