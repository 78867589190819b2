package io.mt2kd.gateway.core.batching.internal.schedule;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.inference.Head;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * Drives a scheduler through a script of arrivals, withdrawals and outcomes, and holds every
 * decision against what must be true of it, by a book of its own.
 */
final class ScheduledRun {
  /** How a batch ends. */
  enum Ending {
    ANSWERED,
    FAILED,
    UNAVAILABLE
  }

  /** How an utterance ended for its caller. */
  enum Result {
    ANSWERED,
    FAILED,
    REFUSED,
    WITHDRAWN
  }

  /**
   * @param atNanos when it comes
   * @param withdrawnAtNanos when its caller gives up; before {@code atNanos} for never
   */
  record Arrival(
      int id,
      long atNanos,
      int bucketSamples,
      Set<Head> heads,
      Priority priority,
      long deadlineNanos,
      long withdrawnAtNanos) {}

  /** What the backend does with its n-th batch. */
  interface Backend {
    Ending ending(int batchNumber);

    int replica(int batchNumber);
  }

  private final BatchingSettings settings;
  private final int maximumBatchSize;
  private final int replicas;
  private final Backend backend;
  private final ToLongFunction<Batch<Arrival>> serviceNanos;
  private final BatchScheduler<Arrival> scheduler;

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::sequence));
  private final Map<Arrival, QueuedUtterance<Arrival>> queued = new HashMap<>();
  private final Set<Arrival> waiting = new HashSet<>();
  private final Set<Arrival> isolated = new HashSet<>();
  private final Set<Arrival> withdrawn = new HashSet<>();
  private final Map<Arrival, Result> results = new HashMap<>();
  private final Map<Arrival, Long> answeredNanos = new HashMap<>();
  private final long[] replicaFreeNanos;
  private final int[] inFlightAt;
  private long sequence;
  private int inFlight;
  private int batchNumber;
  private int passedOver;

  ScheduledRun(
      BatchingSettings settings,
      int maximumBatchSize,
      int replicas,
      ServiceTimes times,
      Backend backend,
      ToLongFunction<Batch<Arrival>> serviceNanos) {
    this.settings = settings;
    this.maximumBatchSize = maximumBatchSize;
    this.replicas = replicas;
    this.backend = backend;
    this.serviceNanos = serviceNanos;
    this.scheduler = new BatchScheduler<>(settings, times);
    this.replicaFreeNanos = new long[replicas];
    this.inFlightAt = new int[replicas];
    scheduler.serve(
        maximumBatchSize, IntStream.range(0, replicas).mapToObj(ScheduledRun::name).toList());
  }

  /** The result of each arrival. */
  Map<Arrival, Result> play(List<Arrival> arrivals) {
    for (Arrival arrival : arrivals) {
      add(arrival.atNanos(), now -> arrive(now, arrival));
      if (arrival.withdrawnAtNanos() >= arrival.atNanos()) {
        add(arrival.withdrawnAtNanos(), now -> withdraw(arrival));
      }
    }
    while (!events.isEmpty()) {
      Event event = events.remove();
      event.action.at(event.atNanos);
      carryOut(event.atNanos, scheduler.decide(event.atNanos));
    }
    assertThat(results.keySet()).as("everyone has an answer").containsAll(arrivals);
    assertThat(waiting).isEmpty();
    assertThat(inFlight).isZero();
    assertThat(scheduler.waiting()).isZero();
    assertThat(scheduler.batchesInFlight()).isZero();
    assertThat(scheduler.paddedSamplesWaiting()).isZero();
    assertThat(scheduler.paddedSamplesInFlight()).isZero();
    return results;
  }

  long answeredNanos(Arrival arrival) {
    return requireNonNull(answeredNanos.get(arrival));
  }

  private void arrive(long now, Arrival arrival) {
    waiting.add(arrival);
    queued.put(
        arrival,
        scheduler.arrive(
            now,
            arrival,
            arrival.bucketSamples(),
            arrival.bucketSamples(),
            arrival.heads(),
            arrival.priority(),
            arrival.deadlineNanos()));
  }

  private void withdraw(Arrival arrival) {
    if (results.containsKey(arrival)) {
      return;
    }
    scheduler.withdraw(requireNonNull(queued.get(arrival)));
    withdrawn.add(arrival);
    waiting.remove(arrival);
    end(arrival, Result.WITHDRAWN);
  }

  private void carryOut(long now, Decisions<Arrival> decisions) {
    for (Arrival refused : decisions.refused()) {
      assertThat(waiting.remove(refused)).as("only who waits is refused").isTrue();
      end(refused, Result.REFUSED);
    }
    for (Batch<Arrival> batch : decisions.batches()) {
      send(now, batch);
    }
    assertThat(scheduler.waiting()).isEqualTo(waiting.size());
    assertThat(scheduler.batchesInFlight()).isEqualTo(inFlight);
    if (inFlight == 0) {
      assertThat(waiting).as("an idle backend never waits").isEmpty();
    }
    if (!waiting.isEmpty()) {
      assertThat(decisions.wakeNanos()).isGreaterThan(now);
    }
    if (decisions.wakeNanos() != Decisions.NO_WAKE) {
      add(decisions.wakeNanos(), ignored -> {});
    }
  }

  private void send(long now, Batch<Arrival> batch) {
    List<Arrival> members = batch.members().stream().map(QueuedUtterance::utterance).toList();
    assertThat(members).doesNotHaveDuplicates().hasSizeBetween(1, maximumBatchSize);
    assertThat(withdrawn).as("withdrawn, and sent").doesNotContainAnyElementsOf(members);
    assertThat(waiting).as("sent once").containsAll(members);
    assertThat(members).extracting(Arrival::bucketSamples).containsOnly(batch.bucketSamples());
    assertThat(members).allMatch(member -> member.deadlineNanos() > now);

    Set<Head> heads = new HashSet<>();
    members.forEach(member -> heads.addAll(member.heads()));
    assertThat(batch.heads()).containsExactlyInAnyOrderElementsOf(heads);

    if (isolated.contains(members.get(0))) {
      assertThat(members).as("runs again alone").hasSize(1);
    }
    assertThat(members)
        .isSortedAccordingTo(
            Comparator.comparing(Arrival::priority).thenComparingLong(Arrival::deadlineNanos));
    giveWay(members.get(0).priority());
    waiting.removeAll(members);
    for (Arrival member : members) {
      assertThat(waiting)
          .as("the earliest deadlines of the bucket and class leave first")
          .filteredOn(
              other ->
                  other.bucketSamples() == batch.bucketSamples()
                      && other.priority() == member.priority()
                      && isolated.contains(other) == isolated.contains(member))
          .allMatch(other -> other.deadlineNanos() >= member.deadlineNanos());
    }
    passedOver = members.get(0).priority() == Priority.INTERACTIVE ? passedOver + 1 : 0;

    inFlight++;
    run(now, batch, members);
  }

  /** Any that is not full, not necessarily the one that the scheduler expects. */
  private int choose(int number, Batch<Arrival> batch) {
    Set<String> full = scheduler.full(batch);
    List<Integer> open =
        IntStream.range(0, replicas)
            .filter(replica -> !full.contains(name(replica)))
            .boxed()
            .toList();
    assertThat(open).as("there is a slot for each batch").isNotEmpty();
    return open.get(backend.replica(number) % open.size());
  }

  private static String name(int replica) {
    return "replica-" + replica;
  }

  private void giveWay(Priority leader) {
    if (leader == Priority.BATCH && isWaiting(Priority.INTERACTIVE)) {
      assertThat(passedOver)
          .as("batches before the turn of the batch class")
          .isGreaterThanOrEqualTo(7);
    }
  }

  private boolean isWaiting(Priority priority) {
    return waiting.stream().anyMatch(each -> each.priority() == priority);
  }

  private void run(long now, Batch<Arrival> batch, List<Arrival> members) {
    int number = batchNumber++;
    int replica = choose(number, batch);
    inFlightAt[replica]++;
    assertThat(inFlightAt[replica]).isLessThanOrEqualTo(settings.batchesInFlight());
    scheduler.placed(now, batch, name(replica));
    long end = Math.max(now, replicaFreeNanos[replica]) + serviceNanos.applyAsLong(batch);
    replicaFreeNanos[replica] = end;
    add(end, at -> ended(at, batch, members, backend.ending(number), replica));
  }

  private void ended(
      long now, Batch<Arrival> batch, List<Arrival> members, Ending ending, int replica) {
    inFlight--;
    inFlightAt[replica]--;
    List<Arrival> awaited = new ArrayList<>(members);
    awaited.removeAll(withdrawn);
    if (ending == Ending.ANSWERED) {
      scheduler.finished(now, batch, name(replica));
      awaited.forEach(
          member -> {
            answeredNanos.put(member, now);
            end(member, Result.ANSWERED);
          });
      return;
    }
    List<Arrival> answered = scheduler.failed(now, batch, ending == Ending.FAILED);
    if (ending == Ending.FAILED && members.size() > 1) {
      assertThat(answered).as("everyone gets another try").isEmpty();
      assertThat(Collections.disjoint(isolated, awaited)).as("but one only").isTrue();
      isolated.addAll(awaited);
      waiting.addAll(awaited);
    } else {
      assertThat(answered).containsExactlyInAnyOrderElementsOf(awaited);
      answered.forEach(member -> end(member, Result.FAILED));
    }
  }

  private void end(Arrival arrival, Result result) {
    assertThat(results.put(arrival, result)).as("answered once").isNull();
  }

  private void add(long atNanos, Action action) {
    events.add(new Event(atNanos, sequence++, action));
  }

  private interface Action {
    void at(long now);
  }

  private record Event(long atNanos, long sequence, Action action) {}
}
