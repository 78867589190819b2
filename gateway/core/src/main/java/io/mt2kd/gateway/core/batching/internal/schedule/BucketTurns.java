package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is: the most urgent of the buckets that are ready.
 *
 * <ol>
 *   <li><b>Ready</b> is a bucket
 *       <ul>
 *         <li>that has as many as are worth one batch: {@link BatchEconomy};
 *         <li>whose most urgent member has no slack left: its deadline less the cautious prediction
 *             has come;
 *         <li>whose oldest member has waited for the longest time that the settings allow;
 *         <li>when waiting does not pay: then all are.
 *       </ul>
 *   <li><b>Urgency.</b> First comes the bucket whose most urgent member has the earliest deadline;
 *       one that has waited {@value #PATIENCE_NANOS} ns counts as due, so that far deadlines are
 *       not put off for ever by near ones in other buckets. Not the least slack: a long batch would
 *       go before short ones that are due earlier, and make them late.
 *   <li><b>Class.</b> Utterances of the batch class have queues of their own. These come after:
 *       while an interactive one waits, ready or not, none of them leaves, but every {@value
 *       #PASSED_OVER} batches in which that happened it is their turn.
 * </ol>
 */
final class BucketTurns<U> {
  private static final long PATIENCE_NANOS = 30_000_000_000L;
  private static final int PASSED_OVER = 7;

  private final WaitingUtterances<U> waiting;
  private final long maximumWaitNanos;
  private int passedOver;

  BucketTurns(WaitingUtterances<U> waiting, long maximumWaitNanos) {
    this.waiting = waiting;
    this.maximumWaitNanos = maximumWaitNanos;
  }

  /** The bucket of which a batch leaves now; null where none should. */
  @Nullable BucketQueue<U> next(long now, int maximumBatchSize, boolean waitingPays) {
    BucketQueue<U> batch =
        mayLeave(Priority.BATCH)
            ? mostUrgent(Priority.BATCH, now, maximumBatchSize, waitingPays)
            : null;
    return batch != null
        ? batch
        : mostUrgent(Priority.INTERACTIVE, now, maximumBatchSize, waitingPays);
  }

  /** Members of this bucket have left. */
  void left(BucketQueue<U> queue) {
    boolean passesOver =
        queue.key().priority() == Priority.INTERACTIVE && waiting.size(Priority.BATCH) > 0;
    passedOver = passesOver ? passedOver + 1 : 0;
  }

  /**
   * When a bucket that is not empty has to leave even where waiting pays; never for one whose class
   * gives way.
   */
  long readyNanos(BucketQueue<U> queue, int maximumBatchSize) {
    if (!mayLeave(queue.key().priority())) {
      return Long.MAX_VALUE;
    }
    if (queue.batchable(maximumBatchSize) == queue.capacity(maximumBatchSize)) {
      return Long.MIN_VALUE;
    }
    long slackIsSpent =
        queue.mostUrgent().deadlineNanos()
            - queue.times().cautiousNanos(queue.batchable(maximumBatchSize));
    return Math.min(slackIsSpent, queue.oldestArrivalNanos() + maximumWaitNanos);
  }

  private boolean mayLeave(Priority priority) {
    return priority == Priority.INTERACTIVE
        || waiting.size(Priority.INTERACTIVE) == 0
        || passedOver >= PASSED_OVER;
  }

  private @Nullable BucketQueue<U> mostUrgent(
      Priority priority, long now, int maximumBatchSize, boolean waitingPays) {
    @Nullable BucketQueue<U> best = null;
    long bestDue = Long.MAX_VALUE;
    for (BucketQueue<U> queue : waiting.queues()) {
      if (queue.isEmpty()
          || queue.key().priority() != priority
          || waitingPays && readyNanos(queue, maximumBatchSize) > now) {
        continue;
      }
      QueuedUtterance<U> first = queue.mostUrgent();
      long due = Math.min(first.deadlineNanos(), first.arrivalNanos() + PATIENCE_NANOS);
      if (best == null || due < bestDue) {
        best = queue;
        bestDue = due;
      }
    }
    return best;
  }
}
