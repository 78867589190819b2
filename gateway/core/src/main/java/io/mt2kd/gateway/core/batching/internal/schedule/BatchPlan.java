package io.mt2kd.gateway.core.batching.internal.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The batches in which all that waits would leave if nothing more came, and who would be late.
 *
 * <p>The batch whose first member is due first runs first, and takes its later members with it
 * whoever else is due before these. So a batch is in time where all batches before it and itself
 * have run by what its first member is promised, which is its deadline or earlier; the order is
 * that of the deadlines in any case. Utterances that have not come yet make their own batches
 * longer and all later ones begin later; earlier ones do not notice them.
 */
final class BatchPlan {
  private final List<PlannedBatch> batches = new ArrayList<>();

  /**
   * @param dueNanos deadline of the first member
   * @param promisedNanos when the batch should have run
   * @param nanos that it keeps a replica busy
   * @param hasNewcomers whether one that has not come yet would be in it
   */
  record PlannedBatch(long dueNanos, long promisedNanos, long nanos, boolean hasNewcomers) {}

  void add(PlannedBatch batch) {
    batches.add(batch);
  }

  long totalNanos() {
    return batches.stream().mapToLong(PlannedBatch::nanos).sum();
  }

  /**
   * By how much the batch that is most so would be late, of those with newcomers and those after
   * them; negative where all are in time.
   *
   * @param startNanos when the first of all begins
   * @param replicas among which they are shared, >= 1
   */
  long latenessNanos(long startNanos, int replicas) {
    long firstDue = Long.MAX_VALUE;
    for (PlannedBatch batch : batches) {
      firstDue = batch.hasNewcomers ? Math.min(firstDue, batch.dueNanos) : firstDue;
    }
    // The order of those before does not matter, and most newcomers are among the last.
    List<PlannedBatch> concerned = new ArrayList<>();
    long before = 0;
    for (PlannedBatch batch : batches) {
      if (batch.hasNewcomers || batch.dueNanos > firstDue) {
        concerned.add(batch);
      } else {
        before += batch.nanos;
      }
    }
    concerned.sort(Comparator.comparingLong(PlannedBatch::dueNanos));
    long worst = Long.MIN_VALUE;
    for (PlannedBatch batch : concerned) {
      long end = startNanos + before / replicas + batch.nanos;
      worst = Math.max(worst, end - batch.promisedNanos);
      before += batch.nanos;
    }
    return worst;
  }
}
