package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.inference.Head;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;

/**
 * A scheduler and its clock. Batches of four; a batch of N in either bucket is known to take 100 ms
 * + 10 ms * N.
 */
abstract class BatchSchedulerFixture {
  static final int SHORT = 16_000;
  static final int LONG = 32_000;
  static final long MILLI = 1_000_000;
  static final long FAR = 60_000;

  final ServiceTimes times = new ServiceTimes();
  BatchScheduler<String> scheduler = scheduler(2, 1_000);
  long now;
  Decisions<String> last = new Decisions<>(List.of(), List.of(), 0);

  @BeforeEach
  void knowTheCosts() {
    for (int round = 0; round < 60; round++) {
      for (int size = 1; size <= 8; size++) {
        times.bucket(SHORT).observe(size, (100 + 10 * size) * MILLI);
        times.bucket(LONG).observe(size, (100 + 10 * size) * MILLI);
      }
    }
  }

  BatchScheduler<String> scheduler(int batchesInFlight, long maximumWaitMillis) {
    BatchScheduler<String> made =
        new BatchScheduler<>(
            new BatchingSettings(batchesInFlight, Duration.ofMillis(maximumWaitMillis)), times);
    made.serve(4, List.of("r"));
    return made;
  }

  void at(long millis) {
    now = millis * MILLI;
  }

  /** What leaves, as ids joined by "+". */
  List<String> arrive(String id, int bucket, long deadlineMillis) {
    return ids(arriveAll(id, bucket, deadlineMillis));
  }

  Decisions<String> arriveAll(String id, int bucket, long deadlineMillis) {
    return arriveAll(id, bucket, Priority.INTERACTIVE, deadlineMillis);
  }

  Decisions<String> arriveAll(String id, int bucket, Priority priority, long deadlineMillis) {
    scheduler.arrive(now, id, bucket, bucket, Set.of(Head.ASR), priority, deadlineMillis * MILLI);
    last = scheduler.decide(now);
    return last;
  }

  List<String> decide() {
    last = scheduler.decide(now);
    return ids(last);
  }

  static Batch<String> only(Decisions<String> decisions) {
    assertThat(decisions.batches()).hasSize(1);
    return decisions.batches().get(0);
  }

  static List<String> ids(Decisions<String> decisions) {
    return decisions.batches().stream()
        .map(
            batch ->
                String.join("+", batch.members().stream().map(QueuedUtterance::utterance).toList()))
        .toList();
  }
}
