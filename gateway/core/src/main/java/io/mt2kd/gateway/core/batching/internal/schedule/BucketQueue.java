package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.TreeSet;

/** The utterances of one bucket and class that wait, in the order of their deadlines. */
final class BucketQueue<U> {
  private final Key key;
  private final ServiceTimes.Bucket times;
  private final TreeSet<QueuedUtterance<U>> byDeadline =
      new TreeSet<>(
          Comparator.<QueuedUtterance<U>>comparingLong(QueuedUtterance::deadlineNanos)
              .thenComparingLong(QueuedUtterance::sequence));
  // Two orders rather than one and a search: the oldest is asked for at every decision.
  private final LinkedHashSet<QueuedUtterance<U>> byArrival = new LinkedHashSet<>();

  BucketQueue(Key key, ServiceTimes.Bucket times) {
    this.key = key;
    this.times = times;
  }

  /**
   * What the utterances of a queue have in common.
   *
   * @param bucketSamples that they are padded to
   * @param isolating whether they leave one by one
   */
  record Key(int bucketSamples, Priority priority, boolean isolating) {}

  Key key() {
    return key;
  }

  int bucketSamples() {
    return key.bucketSamples();
  }

  ServiceTimes.Bucket times() {
    return times;
  }

  int size() {
    return byDeadline.size();
  }

  boolean isEmpty() {
    return byDeadline.isEmpty();
  }

  /** Most of its utterances in one batch, whatever waits. */
  int capacity(int maximumBatchSize) {
    return key.isolating() ? 1 : maximumBatchSize;
  }

  /** How many would leave now if as many as possible did. */
  int batchable(int maximumBatchSize) {
    return Math.min(byDeadline.size(), capacity(maximumBatchSize));
  }

  void add(QueuedUtterance<U> utterance) {
    byDeadline.add(utterance);
    byArrival.add(utterance);
  }

  void remove(QueuedUtterance<U> utterance) {
    byDeadline.remove(utterance);
    byArrival.remove(utterance);
  }

  /** The one with the earliest deadline. */
  QueuedUtterance<U> mostUrgent() {
    return byDeadline.first();
  }

  long oldestArrivalNanos() {
    return byArrival.iterator().next().arrivalNanos();
  }

  /** Takes those with the earliest deadlines out. */
  List<QueuedUtterance<U>> take(int count) {
    List<QueuedUtterance<U>> taken = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      QueuedUtterance<U> next = byDeadline.first();
      remove(next);
      taken.add(next);
    }
    return taken;
  }
}
