package io.mt2kd.gateway.core.batching.internal.schedule;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * One replica and the batches that are under way at it, in the order in which they were sent.
 *
 * <p>It is taken to run them one after another: the first since it was sent or since the replica
 * finished the one before, whichever is later, and each of the others after it. What takes longer
 * than expected is expected to end now. A replica that runs batches side by side is predicted by
 * the rate at which it delivers them.
 */
final class BusyReplica<U> {
  private final String name;
  private final InFlightLimit limit;
  private final Deque<BatchUnderWay<U>> underWay = new ArrayDeque<>();
  private long runningSinceNanos;
  private long sharedUntilNanos;
  private long lastAnswerNanos = Long.MIN_VALUE;

  BusyReplica(String name, InFlightLimit limit) {
    this.name = name;
    this.limit = limit;
  }

  String name() {
    return name;
  }

  InFlightLimit limit() {
    return limit;
  }

  int batches() {
    return underWay.size();
  }

  boolean isIdle() {
    return underWay.isEmpty();
  }

  boolean isFull() {
    return isFullWith(0);
  }

  /** Whether it would be with so many batches more. */
  boolean isFullWith(int more) {
    return underWay.size() + more >= limit.limit();
  }

  /** When it is expected to have run all that is under way. */
  long outOfWorkNanos(long now) {
    long end = now;
    boolean first = true;
    for (BatchUnderWay<U> each : underWay) {
      end =
          first
              ? Math.max(now, runningSinceNanos + each.expectedNanos())
              : end + each.expectedNanos();
      first = false;
    }
    return end;
  }

  /** By how much that may be wrong. */
  long allowanceNanos() {
    return underWay.stream().mapToLong(BatchUnderWay::allowanceNanos).sum();
  }

  void add(BatchUnderWay<U> batch) {
    passed(batch.sinceNanos());
    if (underWay.isEmpty()) {
      runningSinceNanos = batch.sinceNanos();
    }
    underWay.add(batch);
  }

  /**
   * @throws IllegalStateException when it is not here
   */
  BatchUnderWay<U> remove(Batch<U> batch, long now) {
    passed(now);
    boolean running = true;
    for (Iterator<BatchUnderWay<U>> each = underWay.iterator(); each.hasNext(); running = false) {
      BatchUnderWay<U> next = each.next();
      if (next.batch().id() == batch.id()) {
        each.remove();
        if (running) {
          runningSinceNanos = now;
        }
        return next;
      }
    }
    throw new IllegalStateException("batch " + batch.id() + " is not at " + name);
  }

  /**
   * For how long a batch that is answered now has kept it busy: since the answer before.
   *
   * @param sinceNanos when the batch left for it
   */
  long busyNanos(long sinceNanos, long now) {
    long start = Math.max(sinceNanos, lastAnswerNanos);
    lastAnswerNanos = now;
    return now - start;
  }

  private void passed(long now) {
    int place = 0;
    for (BatchUnderWay<U> each : underWay) {
      each.share().passed(now - sharedUntilNanos, place++, underWay.size());
    }
    sharedUntilNanos = now;
  }
}
