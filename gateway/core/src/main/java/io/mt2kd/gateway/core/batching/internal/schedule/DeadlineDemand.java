package io.mt2kd.gateway.core.batching.internal.schedule;

import java.util.Map;
import java.util.TreeMap;

/**
 * The work that waits, by when it has to be done.
 *
 * <p>Served in the order of deadlines, everybody is in time exactly where for each deadline the
 * work up to it fits before it. So a newcomer is in time, and makes nobody late, where that still
 * holds with its work added, for its own deadline and for all later ones.
 *
 * <p>A deadline is kept rounded down, by at most 1/{@value #PARTS} of the time that was left when
 * it came. However many wait, there are few different ones to look through.
 */
final class DeadlineDemand {
  private static final int PARTS = 32;

  private final TreeMap<Long, Work> byDeadline = new TreeMap<>();
  private long totalNanos;

  /** The deadline as it is kept, of one that comes now. */
  static long rounded(long now, long deadlineNanos) {
    long left = deadlineNanos - now;
    return left < PARTS ? deadlineNanos : deadlineNanos & -Long.highestOneBit(left / PARTS);
  }

  void add(long roundedDeadlineNanos, long workNanos) {
    byDeadline.merge(roundedDeadlineNanos, new Work(1, workNanos), Work::plus);
    totalNanos += workNanos;
  }

  /** Takes out what was added with the same arguments. */
  void remove(long roundedDeadlineNanos, long workNanos) {
    byDeadline.computeIfPresent(
        roundedDeadlineNanos,
        (deadline, work) -> work.count == 1 ? null : work.plus(new Work(-1, -workNanos)));
    totalNanos -= workNanos;
  }

  long totalNanos() {
    return totalNanos;
  }

  /**
   * By how much the newcomer, or one of those with later deadlines, would be late; negative where
   * all are in time.
   *
   * @param startNanos when the first of them begins
   * @param servers among which the work is shared
   * @param workNanos of the newcomer, and of what comes before all of them
   */
  long latenessNanos(long startNanos, int servers, long deadlineNanos, long workNanos) {
    long sum = workNanos;
    for (Work earlier : byDeadline.headMap(deadlineNanos, true).values()) {
      sum += earlier.nanos;
    }
    long worst = startNanos + sum / servers - deadlineNanos;
    for (Map.Entry<Long, Work> later : byDeadline.tailMap(deadlineNanos, false).entrySet()) {
      sum += later.getValue().nanos;
      worst = Math.max(worst, startNanos + sum / servers - later.getKey());
    }
    return worst;
  }

  private record Work(int count, long nanos) {
    Work plus(Work other) {
      return new Work(count + other.count, nanos + other.nanos);
    }
  }
}
