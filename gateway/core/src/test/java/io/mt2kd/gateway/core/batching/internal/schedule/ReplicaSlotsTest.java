package io.mt2kd.gateway.core.batching.internal.schedule;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy;
import io.mt2kd.gateway.core.inference.Head;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplicaSlotsTest {
  private static final long SECOND = 1_000_000_000;

  private final ReplicaSlots<String> slots = slots(1, 1, "a", "b");
  private long id;

  @Test
  void aBatchThatGoesElsewhereTakesASlotThere() {
    Batch<String> first = send(0);
    assertThat(first.replica()).isEqualTo("a");

    slots.placed(first, 0, "b");

    assertThat(slots.nextReplica(0)).isEqualTo("a");
    assertThat(slots.batchesInFlight()).isEqualTo(1);
  }

  @Test
  void aReplicaIsFullForOthersAndNotForItsOwnBatch() {
    Batch<String> first = send(0);
    Batch<String> second = send(0);

    assertThat(slots.full(first)).containsExactly("b");
    assertThat(slots.full(second)).containsExactly("a");
    assertThat(slots.startNanos(0)).isEmpty();
  }

  @Test
  void aBatchThatGoesWhereThereIsNoSlotKeepsItsOwn() {
    Batch<String> first = send(0);
    Batch<String> second = send(0);
    assertThat(second.replica()).isEqualTo("b");

    slots.placed(first, SECOND, "b");

    assertThat(slots.startNanos(SECOND)).isEmpty();
    slots.finished(second, 2 * SECOND, "b");
    assertThat(slots.nextReplica(2 * SECOND)).isEqualTo("b");
    assertThat(slots.finished(first, 3 * SECOND, "b")).isEqualTo(SECOND);
    assertThat(slots.batchesInFlight()).isZero();
  }

  @Test
  void aBatchThatIsSentOnKeepsItsNewReplicaBusySinceThen() {
    Batch<String> batch = send(0);

    slots.placed(batch, 3 * SECOND, "b");

    assertThat(slots.finished(batch, 4 * SECOND, "b")).isEqualTo(SECOND);
    assertThat(slots.batchesInFlight()).isZero();
    assertThat(slots.paddedSamplesInFlight()).isZero();
  }

  @Test
  void theReplicaThatItWasSentOnFromMayBeFirstAfterAll() {
    Batch<String> batch = send(0);
    slots.placed(batch, 3 * SECOND, "b");

    assertThat(slots.finished(batch, 4 * SECOND, "a")).isEqualTo(4 * SECOND);
    assertThat(slots.batchesInFlight()).isZero();
  }

  @Test
  void whereABatchGoesAfterItsAnswerMeansNothing() {
    Batch<String> batch = send(0);
    slots.finished(batch, SECOND, "a");

    slots.placed(batch, SECOND, "b");

    assertThat(slots.anyIdle()).isTrue();
    assertThat(slots.batchesInFlight()).isZero();
    assertThatThrownBy(() -> slots.failed(batch, SECOND)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aReplicaNobodyToldOfIsAPlaceToo() {
    Batch<String> batch = send(0);

    slots.placed(batch, 0, "new");
    slots.serve(List.of("new"));

    assertThat(slots.startNanos(0)).isEmpty();
    slots.finished(batch, SECOND, "new");
    assertThat(slots.nextReplica(SECOND)).isEqualTo("new");
  }

  @Test
  void withoutAReplicaABatchLeavesForNobody() {
    slots.serve(List.of());

    assertThat(send(0).replica()).isEmpty();
    assertThat(slots.startNanos(0)).isEmpty();
    assertThat(slots.batchesInFlightLimits()).isEmpty();
  }

  @Test
  void eachReplicaFindsItsOwnLimit() {
    ReplicaSlots<String> found = slots(2, 10, "serial", "four at a time");
    Map<String, Servers> servers =
        Map.of("serial", new Servers(1), "four at a time", new Servers(4));
    PriorityQueue<Running> running =
        new PriorityQueue<>(Comparator.comparingLong(Running::endNanos));
    double predicted = SECOND;
    long now = 0;

    for (int answered = 0; answered < 30_000; answered++) {
      while (found.startNanos(now).isPresent()) {
        Batch<String> batch = batch(now, found.nextReplica(now));
        found.sent(batch, now, (long) predicted, 0);
        running.add(new Running(batch, requireNonNull(servers.get(batch.replica())).run(now)));
      }
      Running next = running.remove();
      now = next.endNanos();
      long busy = found.finished(next.batch(), now, next.batch().replica());
      predicted += 0.03 * (busy - predicted);
    }

    // A trial may be under way.
    assertThat(found.batchesInFlightLimits().get("serial")).isBetween(2, 3);
    assertThat(found.batchesInFlightLimits().get("four at a time")).isBetween(3, 5);
  }

  private static ReplicaSlots<String> slots(int least, int most, String... replicas) {
    ReplicaSlots<String> made =
        new ReplicaSlots<>(() -> new InFlightLimit(least, most), new BatchEconomy());
    made.serve(List.of(replicas));
    return made;
  }

  private Batch<String> send(long now) {
    Batch<String> batch = batch(now, slots.nextReplica(now));
    slots.sent(batch, now, SECOND, 0);
    return batch;
  }

  private Batch<String> batch(long now, String replica) {
    QueuedUtterance<String> member =
        new QueuedUtterance<>(
            "", id, 16_000, 16_000, Set.of(Head.ASR), Priority.INTERACTIVE, now, Long.MAX_VALUE);
    return new Batch<>(id++, List.of(member), 16_000, member.heads(), now, replica);
  }

  private record Running(Batch<String> batch, long endNanos) {}

  /** Each runs one batch after another, a second long. */
  private static final class Servers {
    private final PriorityQueue<Long> freeNanos = new PriorityQueue<>();

    private Servers(int count) {
      for (int i = 0; i < count; i++) {
        freeNanos.add(0L);
      }
    }

    private long run(long now) {
      long end = Math.max(now, freeNanos.remove()) + SECOND;
      freeNanos.add(end);
      return end;
    }
  }
}
