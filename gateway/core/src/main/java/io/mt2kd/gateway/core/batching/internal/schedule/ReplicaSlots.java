package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The batches that are under way, and when the replicas are expected to be out of work.
 *
 * <p>A replica is taken to run its batches one after another, in the order in which they were sent:
 * the first since it was sent or since the replica finished the one before, whichever is later, and
 * each of the others after it. What takes longer than expected is expected to end now. A replica
 * that runs batches side by side is predicted by the rate at which it delivers them.
 *
 * <p>Which replica a batch really goes to is the backend's choice; here the one counts that would
 * be out of work first, as a backend that balances its load would choose. Only {@link #finished}
 * knows better, because the answer says who gave it.
 */
final class ReplicaSlots<U> {
  private static final int MOST_NAMES = 256;

  private final InFlightLimit limit;
  private final BatchEconomy economy;
  private final List<Replica<U>> replicas = new ArrayList<>();
  private int count;
  private int batchesInFlight;
  private long paddedSamplesInFlight;

  // Names come and go with the addresses of replicas: the longest unheard of are forgotten.
  private final Map<String, Long> lastFinishNanos =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MOST_NAMES;
        }
      };

  ReplicaSlots(InFlightLimit limit, BatchEconomy economy, int count) {
    this.limit = limit;
    this.economy = economy;
    resize(count);
  }

  /** So many replicas from now on; batches of those that went are still waited for. */
  void resize(int count) {
    this.count = count;
    while (replicas.size() < count) {
      replicas.add(new Replica<>());
    }
    dropUnused();
  }

  int replicas() {
    return count;
  }

  /** Most batches at one replica now. */
  int batchesInFlightLimit() {
    return limit.limit();
  }

  int batchesInFlight() {
    return batchesInFlight;
  }

  long paddedSamplesInFlight() {
    return paddedSamplesInFlight;
  }

  /** Whether some replica has nothing to do. */
  boolean anyIdle() {
    return replicas.stream().limit(count).anyMatch(replica -> replica.underWay.isEmpty());
  }

  /** When a batch would begin to run that left now; empty where there is no slot for it. */
  OptionalLong startNanos(long now) {
    Replica<U> next = next(now);
    return next == null ? OptionalLong.empty() : OptionalLong.of(next.outOfWorkNanos(now));
  }

  /** When the first replica is expected to be out of work, with or without a slot. */
  long earliestStartNanos(long now) {
    long earliest = Long.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      earliest = Math.min(earliest, replicas.get(i).outOfWorkNanos(now));
    }
    return earliest;
  }

  /** When the replicas are expected to be out of work, on average. */
  long meanStartNanos(long now) {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += replicas.get(i).outOfWorkNanos(now) - now;
    }
    return now + sum / count;
  }

  /**
   * How much earlier than {@link #startNanos} the next batch has to leave to be there in time: what
   * the predictions for the work before it allow for error.
   */
  long leadNanos(long now) {
    Replica<U> next = next(now);
    return next == null ? 0 : next.underWay.stream().mapToLong(UnderWay::allowanceNanos).sum();
  }

  /**
   * @param expectedNanos that it takes once it runs
   * @param allowanceNanos by which that may be wrong
   */
  void sent(Batch<U> batch, long now, long expectedNanos, long allowanceNanos) {
    Replica<U> replica = next(now);
    if (replica == null) {
      throw new IllegalStateException("no free slot for batch " + batch.id());
    }
    replica.passed(now);
    if (replica.underWay.isEmpty()) {
      replica.runningSinceNanos = now;
    }
    replica.underWay.add(
        new UnderWay<>(batch, expectedNanos, allowanceNanos, new BatchEconomy.Share()));
    batchesInFlight++;
    paddedSamplesInFlight += batch.paddedSamples();
  }

  /**
   * Frees the slot of a batch that was answered.
   *
   * @param name of the replica that says it ran the batch
   * @return for how long it kept that replica busy
   */
  long finished(Batch<U> batch, long now, String name) {
    int inFlight = batchesInFlight;
    UnderWay<U> ended = ended(batch, now);
    Long previous = lastFinishNanos.put(name, now);
    long start = previous == null ? batch.sentNanos() : Math.max(batch.sentNanos(), previous);
    long busyNanos = now - start;
    if (inFlight >= count * limit.limit() && ended.expectedNanos > 0) {
      limit.observe((double) busyNanos / ended.expectedNanos, inFlight);
    }
    economy.observe(batch.paddedSamples(), ended.share);
    return busyNanos;
  }

  /** Frees the slot of a batch. */
  UnderWay<U> ended(Batch<U> batch, long now) {
    for (Replica<U> replica : replicas) {
      UnderWay<U> ended = replica.remove(batch, now);
      if (ended != null) {
        batchesInFlight--;
        paddedSamplesInFlight -= batch.paddedSamples();
        dropUnused();
        return ended;
      }
    }
    throw new IllegalStateException("batch " + batch.id() + " is not in flight");
  }

  private @Nullable Replica<U> next(long now) {
    @Nullable Replica<U> best = null;
    for (int i = 0; i < count; i++) {
      Replica<U> replica = replicas.get(i);
      if (replica.underWay.size() < limit.limit()
          && (best == null || replica.outOfWorkNanos(now) < best.outOfWorkNanos(now))) {
        best = replica;
      }
    }
    return best;
  }

  private void dropUnused() {
    while (replicas.size() > count && replicas.get(replicas.size() - 1).underWay.isEmpty()) {
      replicas.remove(replicas.size() - 1);
    }
  }

  private static final class Replica<U> {
    private final Deque<UnderWay<U>> underWay = new ArrayDeque<>();
    private long runningSinceNanos;
    private long sharedUntilNanos;

    private void passed(long now) {
      int place = 0;
      for (UnderWay<U> each : underWay) {
        each.share.passed(now - sharedUntilNanos, place++, underWay.size());
      }
      sharedUntilNanos = now;
    }

    private long outOfWorkNanos(long now) {
      long end = now;
      boolean first = true;
      for (UnderWay<U> each : underWay) {
        end =
            first
                ? Math.max(now, runningSinceNanos + each.expectedNanos)
                : end + each.expectedNanos;
        first = false;
      }
      return end;
    }

    private @Nullable UnderWay<U> remove(Batch<U> batch, long now) {
      passed(now);
      boolean running = true;
      for (Iterator<UnderWay<U>> each = underWay.iterator(); each.hasNext(); running = false) {
        UnderWay<U> next = each.next();
        if (next.batch.id() == batch.id()) {
          each.remove();
          if (running) {
            runningSinceNanos = now;
          }
          return next;
        }
      }
      return null;
    }
  }

  record UnderWay<U>(
      Batch<U> batch, long expectedNanos, long allowanceNanos, BatchEconomy.Share share) {}
}
