package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.batching.internal.schedule.QueuedUtterance.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Those that wait: a queue for each bucket and class, and the work that they are. */
final class WaitingUtterances<U> {
  private final ServiceTimes times;
  private final Map<BucketQueue.Key, BucketQueue<U>> byKey = new HashMap<>();
  private final List<BucketQueue<U>> queues = new ArrayList<>();
  private final Map<Priority, DeadlineDemand> demands = new EnumMap<>(Priority.class);
  private final int[] sizes = new int[Priority.values().length];
  private int size;
  private long paddedSamples;

  WaitingUtterances(ServiceTimes times) {
    this.times = times;
    for (Priority priority : Priority.values()) {
      demands.put(priority, new DeadlineDemand());
    }
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

  @Nullable BucketQueue<U> queue(BucketQueue.Key key) {
    return byKey.get(key);
  }

  /** The work of those of one class. */
  DeadlineDemand demand(Priority priority) {
    return Objects.requireNonNull(demands.get(priority));
  }

  void add(long now, QueuedUtterance<U> queued, int maximumBatchSize) {
    BucketQueue<U> queue = queueOf(queued);
    queued.become(State.WAITING);
    queued.demands(
        DeadlineDemand.rounded(now, queued.deadlineNanos()),
        queued.isolated()
            ? queue.times().expectedNanos(1)
            : addedNanos(queue.times(), queue, 0, queued.deadlineNanos(), maximumBatchSize));
    demand(queued.priority()).add(queued.demandDeadlineNanos(), queued.workNanos());
    queue.add(queued);
    count(queued, 1);
  }

  /** Takes one out that waits. */
  void remove(QueuedUtterance<U> queued) {
    queueOf(queued).remove(queued);
    removed(queued);
  }

  /** Takes those of a queue out that have the earliest deadlines. */
  List<QueuedUtterance<U>> take(BucketQueue<U> queue, int count) {
    List<QueuedUtterance<U>> taken = queue.take(count);
    taken.forEach(this::removed);
    return taken;
  }

  /**
   * The work that utterances would be if they came now, and by how much it takes longer until their
   * own batches have been answered: with those of later deadlines in them, as many as a batch holds
   * where more wait than that.
   */
  Work work(
      Priority priority, List<Integer> bucketSamples, long deadlineNanos, int maximumBatchSize) {
    long work = 0;
    long shared = 0;
    for (int i = 0; i < bucketSamples.size(); i++) {
      int samples = bucketSamples.get(i);
      BucketQueue<U> queue = byKey.get(new BucketQueue.Key(samples, priority, false));
      int before = Collections.frequency(bucketSamples.subList(0, i), samples);
      int place = (queue == null ? 0 : queue.size()) + before;
      ServiceTimes.Bucket bucket = times.bucket(samples);
      long own = addedNanos(bucket, queue, before, deadlineNanos, maximumBatchSize);
      work += own;
      shared =
          Math.max(
              shared,
              bucket.cautiousNanos(
                      size > maximumBatchSize
                          ? maximumBatchSize
                          : Math.min(place + 1, maximumBatchSize))
                  - own);
    }
    return new Work(work, shared);
  }

  /**
   * @param ownNanos that they add
   * @param sharedNanos of others in the batch that is answered last
   */
  record Work(long ownNanos, long sharedNanos) {}

  /**
   * What one more adds to the work that has to be done by its deadline: the batch that it opens, or
   * its part of one. Where it is more urgent than all of its queue, those whom it overtakes leave
   * with it.
   */
  private long addedNanos(
      ServiceTimes.Bucket bucket,
      @Nullable BucketQueue<U> queue,
      int before,
      long deadlineNanos,
      int maximumBatchSize) {
    int size = (queue == null ? 0 : queue.size()) + before;
    if (queue != null && !queue.isEmpty() && deadlineNanos < queue.mostUrgent().deadlineNanos()) {
      return bucket.expectedNanos(Math.min(size + 1, maximumBatchSize));
    }
    int place = size % maximumBatchSize + 1;
    return bucket.expectedNanos(place) - (place == 1 ? 0 : bucket.expectedNanos(place - 1));
  }

  private void removed(QueuedUtterance<U> queued) {
    demand(queued.priority()).remove(queued.demandDeadlineNanos(), queued.workNanos());
    count(queued, -1);
  }

  private void count(QueuedUtterance<U> queued, int sign) {
    size += sign;
    sizes[queued.priority().ordinal()] += sign;
    paddedSamples += (long) sign * queued.bucketSamples();
  }

  private BucketQueue<U> queueOf(QueuedUtterance<U> queued) {
    return byKey.computeIfAbsent(
        new BucketQueue.Key(queued.bucketSamples(), queued.priority(), queued.isolated()),
        key -> {
          BucketQueue<U> made = new BucketQueue<>(key, times.bucket(key.bucketSamples()));
          queues.add(made);
          return made;
        });
  }
}
