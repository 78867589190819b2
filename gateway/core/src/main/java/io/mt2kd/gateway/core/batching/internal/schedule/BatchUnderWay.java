package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy;

/**
 * A batch at a replica.
 *
 * @param sinceNanos when it left for it
 * @param expectedNanos that it takes once it runs
 * @param allowanceNanos by which that may be wrong
 * @param share what it has had of its replica's time
 */
record BatchUnderWay<U>(
    Batch<U> batch,
    long sinceNanos,
    long expectedNanos,
    long allowanceNanos,
    BatchEconomy.Share share) {
  BatchUnderWay(Batch<U> batch, long sinceNanos, long expectedNanos, long allowanceNanos) {
    this(batch, sinceNanos, expectedNanos, allowanceNanos, new BatchEconomy.Share());
  }

  /** The same at another replica, where it begins anew. */
  BatchUnderWay<U> movedAt(long now) {
    return new BatchUnderWay<>(batch, now, expectedNanos, allowanceNanos);
  }
}
