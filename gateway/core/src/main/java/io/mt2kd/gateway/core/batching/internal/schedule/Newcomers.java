package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.internal.schedule.BatchPlan.PlannedBatch;
import java.util.Collections;
import java.util.List;

/**
 * Utterances that have not come, of one deadline, and what a plan with them is judged by.
 *
 * @param bucketSamples of each
 * @param nowNanos when they would come
 * @param deadlineNanos of all of them
 * @param timeShare of the time from its arrival to its deadline, within which each of them and of
 *     those that wait is to be answered
 */
record Newcomers(List<Integer> bucketSamples, long nowNanos, long deadlineNanos, double timeShare) {
  static final Newcomers NOBODY = new Newcomers(List.of(), 0, 0, 1);

  int count(int bucket) {
    return Collections.frequency(bucketSamples, bucket);
  }

  /** A batch with one of them as its first member. */
  PlannedBatch led(long nanos) {
    return new PlannedBatch(deadlineNanos, promisedNanos(nowNanos, deadlineNanos), nanos, true);
  }

  /** A batch with one that waits as its first member. */
  PlannedBatch ledBy(QueuedUtterance<?> waiting, long nanos, boolean hasNewcomers) {
    long deadline = waiting.deadlineNanos();
    long promised = promisedNanos(waiting.arrivalNanos(), deadline);
    return new PlannedBatch(deadline, promised, nanos, hasNewcomers);
  }

  private long promisedNanos(long arrival, long deadline) {
    return arrival + (long) (timeShare * (deadline - arrival));
  }
}
