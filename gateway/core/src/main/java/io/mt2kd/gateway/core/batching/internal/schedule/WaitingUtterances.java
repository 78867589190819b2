package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.batching.internal.schedule.QueuedUtterance.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Those that wait: a queue for each bucket and class, and the batches that they would make. */
final class WaitingUtterances<U> {
  private final ServiceTimes times;
  private final BatchEconomy economy;
  private final Map<BucketQueue.Key, BucketQueue<U>> byKey = new HashMap<>();
  private final List<BucketQueue<U>> queues = new ArrayList<>();
  private final int[] sizes = new int[Priority.values().length];
  private int size;
  private long paddedSamples;

  WaitingUtterances(ServiceTimes times, BatchEconomy economy) {
    this.times = times;
    this.economy = economy;
  }

  int size() {
    return size;
  }

  int size(Priority priority) {
    return sizes[priority.ordinal()];
  }

  /** Padding included. */
  long paddedSamples() {
    return paddedSamples;
  }

  /** All queues, empty ones too. */
  List<BucketQueue<U>> queues() {
    return queues;
  }

  /** The same object each time. */
  BucketQueue<U> queue(BucketQueue.Key key) {
    return byKey.computeIfAbsent(
        key,
        missing -> {
          BucketQueue<U> made = new BucketQueue<>(key, times.bucket(key.bucketSamples()), economy);
          queues.add(made);
          return made;
        });
  }

  void add(QueuedUtterance<U> queued) {
    queued.become(State.WAITING);
    queueOf(queued).add(queued);
    count(queued, 1);
  }

  /** Takes one out that waits. */
  void remove(QueuedUtterance<U> queued) {
    queueOf(queued).remove(queued);
    count(queued, -1);
  }

  /** Takes those of a queue out that have the earliest deadlines. */
  List<QueuedUtterance<U>> take(BucketQueue<U> queue, int count) {
    List<QueuedUtterance<U>> taken = queue.take(count);
    taken.forEach(queued -> count(queued, -1));
    return taken;
  }

  /** The batches in which those of one class would leave, and with them some that have not come. */
  BatchPlan plan(Priority priority, Newcomers newcomers, int maximumBatchSize) {
    newcomers
        .bucketSamples()
        .forEach(samples -> queue(new BucketQueue.Key(samples, priority, false)));
    BatchPlan plan = new BatchPlan();
    for (BucketQueue<U> queue : queues) {
      if (queue.key().priority() == priority) {
        queue.plan(plan, maximumBatchSize, newcomers);
      }
    }
    return plan;
  }

  private void count(QueuedUtterance<U> queued, int sign) {
    size += sign;
    sizes[queued.priority().ordinal()] += sign;
    paddedSamples += (long) sign * queued.bucketSamples();
  }

  private BucketQueue<U> queueOf(QueuedUtterance<U> queued) {
    return queue(new BucketQueue.Key(queued.bucketSamples(), queued.priority(), queued.isolated()));
  }
}
