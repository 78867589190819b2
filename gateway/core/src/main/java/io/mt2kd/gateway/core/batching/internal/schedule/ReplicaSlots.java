package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The batches that are under way, at which replica, and when the replicas are expected to be out of
 * work.
 *
 * <p>A batch takes a slot of the replica that would be out of work first. Which one it really goes
 * to is the backend's choice, which knows more of the replicas: {@link #placed} moves it to a slot
 * there. Where that replica has none left, because the backend will have nothing of those that
 * have, it keeps the one that it has: else these would look free until they are served no more, and
 * all that waits would leave at once.
 *
 * <p>A replica that is served no more keeps its slots as long as something is under way at it, and
 * is forgotten afterwards: whoever comes back may be another server.
 */
final class ReplicaSlots<U> {
  /** Where there is no replica a batch is sent all the same, to be told so. */
  private static final List<String> NOBODY = List.of("");

  private final Supplier<InFlightLimit> limits;
  private final BatchEconomy economy;
  private final Map<String, BusyReplica<U>> replicas = new HashMap<>();
  private final Map<Long, BusyReplica<U>> places = new HashMap<>();
  private List<String> names = List.of();
  private List<BusyReplica<U>> serving = List.of();
  private long paddedSamplesInFlight;

  /**
   * @param limits a new one for each replica
   */
  ReplicaSlots(Supplier<InFlightLimit> limits, BatchEconomy economy) {
    this.limits = limits;
    this.economy = economy;
    serve(List.of());
  }

  /** These take batches from now on; what is under way at others is still waited for. */
  void serve(List<String> served) {
    List<String> now = served.isEmpty() ? NOBODY : served;
    if (now.equals(names)) {
      return;
    }
    names = now;
    serving = now.stream().map(this::replica).toList();
    replicas.values().removeIf(this::isUnused);
  }

  /** How many take batches, at least one. */
  int replicas() {
    return serving.size();
  }

  /** Most batches at each replica that takes them. */
  Map<String, Integer> batchesInFlightLimits() {
    return serving.stream()
        .filter(replica -> !NOBODY.contains(replica.name()))
        .collect(Collectors.toMap(BusyReplica::name, replica -> replica.limit().limit()));
  }

  int batchesInFlight() {
    return places.size();
  }

  long paddedSamplesInFlight() {
    return paddedSamplesInFlight;
  }

  /** Whether some replica has nothing to do. */
  boolean anyIdle() {
    return serving.stream().anyMatch(BusyReplica::isIdle);
  }

  /** When a batch would begin to run that left now; empty where there is no slot for it. */
  OptionalLong startNanos(long now) {
    BusyReplica<U> next = next(now);
    return next == null ? OptionalLong.empty() : OptionalLong.of(next.outOfWorkNanos(now));
  }

  /** When the first replica is expected to be out of work, with or without a slot. */
  long earliestStartNanos(long now) {
    return serving.stream().mapToLong(replica -> replica.outOfWorkNanos(now)).min().orElseThrow();
  }

  /** When the replicas are expected to be out of work, on average. */
  long meanStartNanos(long now) {
    long sum = 0;
    for (BusyReplica<U> replica : serving) {
      sum += replica.outOfWorkNanos(now) - now;
    }
    return now + sum / serving.size();
  }

  /**
   * How much earlier than {@link #startNanos} the next batch has to leave to be there in time: what
   * the predictions for the work before it allow for error.
   */
  long leadNanos(long now) {
    BusyReplica<U> next = next(now);
    return next == null ? 0 : next.allowanceNanos();
  }

  /**
   * Where the next batch is expected to go.
   *
   * @throws IllegalStateException where there is no slot
   */
  String nextReplica(long now) {
    BusyReplica<U> next = next(now);
    if (next == null) {
      throw new IllegalStateException("no free slot");
    }
    return next.name();
  }

  /** Replicas all of whose slots other batches have. */
  Set<String> full(Batch<U> batch) {
    BusyReplica<U> own = places.get(batch.id());
    return serving.stream()
        .filter(replica -> replica.isFullWith(replica == own ? -1 : 0))
        .map(BusyReplica::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * A batch leaves for its replica.
   *
   * @param expectedNanos that it takes once it runs
   * @param allowanceNanos by which that may be wrong
   */
  void sent(Batch<U> batch, long now, long expectedNanos, long allowanceNanos) {
    put(replica(batch.replica()), new BatchUnderWay<>(batch, now, expectedNanos, allowanceNanos));
    paddedSamplesInFlight += batch.paddedSamples();
  }

  /** A batch goes to this replica, whatever was expected; nothing happens where it has ended. */
  void placed(Batch<U> batch, long now, String name) {
    BusyReplica<U> before = places.get(batch.id());
    if (before == null || before.name().equals(name) || replica(name).isFull()) {
      return;
    }
    BatchUnderWay<U> moved = before.remove(batch, now);
    put(replica(name), moved.movedAt(now));
    forgetIfUnused(before);
  }

  /**
   * Frees the slot of a batch that was answered.
   *
   * @param name of the replica that says it ran the batch
   * @return for how long it kept that replica busy
   */
  long finished(Batch<U> batch, long now, String name) {
    BusyReplica<U> replica = place(batch);
    boolean full = replica.isFull();
    int inFlight = replica.batches();
    BatchUnderWay<U> ended = replica.remove(batch, now);
    long busyNanos;
    if (replica.name().equals(name)) {
      busyNanos = replica.busyNanos(ended.sinceNanos(), now);
      if (full && ended.expectedNanos() > 0) {
        replica.limit().observe((double) busyNanos / ended.expectedNanos(), inFlight);
      }
      economy.observe(batch.paddedSamples(), ended.share());
    } else {
      // It went where there was no slot, or an earlier replica than its last was first after all.
      BusyReplica<U> first = replica(name);
      busyNanos = first.busyNanos(batch.sentNanos(), now);
      forgetIfUnused(first);
    }
    forget(batch, replica);
    return busyNanos;
  }

  /** Frees the slot of a batch that was not. */
  void failed(Batch<U> batch, long now) {
    BusyReplica<U> replica = place(batch);
    replica.remove(batch, now);
    forget(batch, replica);
  }

  private BusyReplica<U> place(Batch<U> batch) {
    BusyReplica<U> place = places.get(batch.id());
    if (place == null) {
      throw new IllegalStateException("batch " + batch.id() + " is not in flight");
    }
    return place;
  }

  private void put(BusyReplica<U> replica, BatchUnderWay<U> batch) {
    replica.add(batch);
    places.put(batch.batch().id(), replica);
  }

  private void forget(Batch<U> batch, BusyReplica<U> replica) {
    places.remove(batch.id());
    paddedSamplesInFlight -= batch.paddedSamples();
    forgetIfUnused(replica);
  }

  private void forgetIfUnused(BusyReplica<U> replica) {
    if (isUnused(replica)) {
      replicas.remove(replica.name());
    }
  }

  private boolean isUnused(BusyReplica<U> replica) {
    return replica.isIdle() && !serving.contains(replica);
  }

  private BusyReplica<U> replica(String name) {
    return replicas.computeIfAbsent(name, each -> new BusyReplica<>(each, limits.get()));
  }

  private @Nullable BusyReplica<U> next(long now) {
    @Nullable BusyReplica<U> best = null;
    for (BusyReplica<U> replica : serving) {
      if (!replica.isFull()
          && (best == null || replica.outOfWorkNanos(now) < best.outOfWorkNanos(now))) {
        best = replica;
      }
    }
    return best;
  }
}
