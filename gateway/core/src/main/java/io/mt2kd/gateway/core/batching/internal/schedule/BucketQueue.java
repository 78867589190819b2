package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** The utterances of one bucket and class that wait, in the order of their deadlines. */
final class BucketQueue<U> {
  private final Key key;
  private final ServiceTimes.Bucket times;
  private final BatchEconomy economy;
  // Sorted, not a tree: a forecast looks at the first of each batch, and most that come are the
  // last.
  private final List<QueuedUtterance<U>> byDeadline = new ArrayList<>();
  // Two orders rather than one and a search: the oldest is asked for at every decision.
  private final LinkedHashSet<QueuedUtterance<U>> byArrival = new LinkedHashSet<>();

  BucketQueue(Key key, ServiceTimes.Bucket times, BatchEconomy economy) {
    this.key = key;
    this.times = times;
    this.economy = economy;
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

  /** Most of its utterances that leave in one batch, whatever waits. */
  int capacity(int maximumBatchSize) {
    return key.isolating() ? 1 : economy.worthwhileSize(key.bucketSamples(), maximumBatchSize);
  }

  /** How many would leave now if as many as possible did. */
  int batchable(int maximumBatchSize) {
    return Math.min(byDeadline.size(), capacity(maximumBatchSize));
  }

  void add(QueuedUtterance<U> utterance) {
    byDeadline.add(placeOf(utterance.deadlineNanos(), utterance.sequence()), utterance);
    byArrival.add(utterance);
  }

  void remove(QueuedUtterance<U> utterance) {
    if (byArrival.remove(utterance)) {
      byDeadline.remove(placeOf(utterance.deadlineNanos(), utterance.sequence() - 1));
    }
  }

  /** The one with the earliest deadline. */
  QueuedUtterance<U> mostUrgent() {
    return byDeadline.get(0);
  }

  long oldestArrivalNanos() {
    return byArrival.iterator().next().arrivalNanos();
  }

  /**
   * Adds the batches in which its utterances would leave, by the cautious prediction.
   *
   * @param newcomers those of its bucket would leave with them
   */
  void plan(BatchPlan plan, int maximumBatchSize, Newcomers newcomers) {
    int more = key.isolating() ? 0 : newcomers.count(key.bucketSamples());
    int most = capacity(maximumBatchSize);
    int all = byDeadline.size() + more;
    int place = more == 0 ? all : placeOf(newcomers.deadlineNanos(), Long.MAX_VALUE);
    for (int first = 0; first < all; first += most) {
      int end = Math.min(first + most, all);
      boolean hasNewcomers = place < end && place + more > first;
      long nanos = times.cautiousNanos(end - first);
      boolean ledByNewcomer = first >= place && first < place + more;
      plan.add(
          ledByNewcomer
              ? newcomers.led(nanos)
              : newcomers.ledBy(
                  byDeadline.get(first < place ? first : first - more), nanos, hasNewcomers));
    }
  }

  /** Takes those with the earliest deadlines out. */
  List<QueuedUtterance<U>> take(int count) {
    List<QueuedUtterance<U>> first = byDeadline.subList(0, count);
    List<QueuedUtterance<U>> taken = new ArrayList<>(first);
    first.clear();
    taken.forEach(byArrival::remove);
    return taken;
  }

  /** How many come before one of this deadline and sequence, or are that one. */
  private int placeOf(long deadlineNanos, long sequence) {
    int low = 0;
    int high = byDeadline.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      QueuedUtterance<U> there = byDeadline.get(middle);
      boolean before =
          there.deadlineNanos() < deadlineNanos
              || there.deadlineNanos() == deadlineNanos && there.sequence() <= sequence;
      if (before) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
