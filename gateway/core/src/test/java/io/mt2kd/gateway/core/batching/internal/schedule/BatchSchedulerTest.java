package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.inference.Head;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which utterances leave together, and when. */
class BatchSchedulerTest extends BatchSchedulerFixture {
  @Test
  void anIdleBackendNeverWaits() {
    assertThat(arrive("a", SHORT, FAR)).containsExactly("a");
  }

  @Test
  void gathersWhileTheBackendIsBusyAndLeavesJustBeforeItIsOutOfWork() {
    arrive("a", SHORT, FAR);
    at(10);
    assertThat(arrive("b", SHORT, FAR)).isEmpty();
    assertThat(arrive("c", SHORT, FAR)).isEmpty();

    long wake = last.wakeNanos();
    assertThat(wake / MILLI).as("a millisecond and the error before 110").isBetween(100L, 109L);
    now = wake;
    assertThat(decide()).containsExactly("b+c");
    assertThat(scheduler.batchesInFlight()).isEqualTo(2);
  }

  @Test
  void doesNotWaitForABackendThatIsOverdue() {
    arrive("a", SHORT, FAR);
    at(500);

    assertThat(arrive("b", SHORT, FAR)).containsExactly("b");
  }

  @Test
  void leavesWhenABatchIsFull() {
    arrive("a", SHORT, FAR);
    arrive("b", SHORT, FAR);
    arrive("c", SHORT, FAR);
    arrive("d", SHORT, FAR);

    assertThat(arrive("e", SHORT, FAR)).containsExactly("b+c+d+e");
  }

  @Test
  void keepsToTheBatchesInFlight() {
    arrive("a", SHORT, FAR);
    for (String id : List.of("b", "c", "d", "e", "f", "g", "h")) {
      arrive(id, SHORT, FAR);
    }

    assertThat(arrive("i", SHORT, FAR)).isEmpty();
    assertThat(scheduler.batchesInFlight()).isEqualTo(2);
    assertThat(scheduler.waiting()).isEqualTo(4);
  }

  @Test
  void leavesWhenTheSlackOfTheMostUrgentIsSpent() {
    arrive("a", SHORT, FAR);
    arrive("b", SHORT, 225);
    arrive("c", SHORT, FAR);
    assertThat(arrive("d", SHORT, FAR)).isEmpty();

    now = last.wakeNanos();
    assertThat(now / MILLI).as("225 less the 130 that three take").isBetween(94L, 95L);
    assertThat(decide()).as("it begins at 110 and has 115").containsExactly("b");
  }

  @Test
  void leavesAfterTheLongestWaitThatIsAllowed() {
    scheduler = scheduler(2, 30);
    arrive("a", SHORT, FAR);
    at(5);
    assertThat(arrive("b", SHORT, FAR)).isEmpty();
    assertThat(last.wakeNanos()).isEqualTo(35 * MILLI);
    at(20);
    assertThat(arrive("c", SHORT, FAR)).isEmpty();

    at(35);
    assertThat(decide()).containsExactly("b+c");
  }

  @Test
  void sendsTheEarliestDeadlinesFirst() {
    Batch<String> first = only(arriveAll("a", SHORT, FAR));
    arrive("late", SHORT, 9_000);
    arrive("b", SHORT, 2_000);
    arrive("c", SHORT, 1_000);
    assertThat(arrive("d", SHORT, 3_000)).containsExactly("c+b+d+late");
    arrive("far", SHORT, 8_000);
    arrive("near", SHORT, 7_000);
    at(110);

    scheduler.finished(now, first, "r");
    at(249);
    assertThat(decide()).containsExactly("near+far");
  }

  @Test
  void aBucketDoesNotHoldUpAnother() {
    arrive("a", SHORT, FAR);
    arrive("x", LONG, FAR);
    arrive("b", SHORT, FAR);
    arrive("c", SHORT, FAR);
    arrive("d", SHORT, FAR);

    assertThat(arrive("e", SHORT, FAR)).containsExactly("b+c+d+e");
  }

  @Test
  void theMoreUrgentBucketGoesFirst() {
    Batch<String> first = only(arriveAll("a", SHORT, FAR));
    arrive("b", SHORT, 5_000);
    arrive("x", LONG, 2_000);
    at(50);

    scheduler.finished(now, first, "r");
    assertThat(decide()).containsExactly("x");
  }

  @Test
  void nearDeadlinesDoNotPutOffAFarOneInAnotherBucketForEver() {
    scheduler = scheduler(1, 1_000);
    Batch<String> inFlight = only(arriveAll("first", SHORT, FAR));
    arrive("far", LONG, FAR);
    int sent = 0;
    while (sent < 1_000) {
      arrive("near" + sent, SHORT, now / MILLI + 1_000);
      at(now / MILLI + 110);
      scheduler.finished(now, inFlight, "r");
      inFlight = only(scheduler.decide(now));
      sent++;
      if (inFlight.members().get(0).utterance().equals("far")) {
        break;
      }
    }

    assertThat(now / MILLI).as("well before its deadline").isBetween(29_000L, 32_000L);
  }

  @Test
  void refusesWhatCannotBeInTimeAnyMore() {
    arrive("a", SHORT, FAR);
    at(1);
    assertThat(arrive("b", SHORT, 200)).isEmpty();

    assertThat(last.refused()).containsExactly("b");
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void refusesAsSoonAsTheBackendKeepsItTooLong() {
    scheduler = scheduler(1, 1_000);
    arrive("a", SHORT, FAR);
    arrive("b", SHORT, 300);
    assertThat(last.refused()).isEmpty();

    now = last.wakeNanos();
    assertThat(decide()).isEmpty();
    assertThat(last.refused()).containsExactly("b");
    assertThat(now / MILLI).isBetween(189L, 191L);
  }

  @Test
  void triesTheOnlyOneOnAnIdleBackendWhateverIsPredicted() {
    assertThat(arrive("a", SHORT, 20)).containsExactly("a");
  }

  @Test
  void neverSendsWhatIsPastItsDeadline() {
    at(30);
    assertThat(arrive("a", SHORT, 30)).isEmpty();
    assertThat(last.refused()).containsExactly("a");
  }

  @Test
  void cutsABatchShortForTheDeadlineOfItsFirst() {
    Batch<String> first = only(arriveAll("a", SHORT, FAR));
    arrive("b", SHORT, FAR);
    arrive("c", SHORT, FAR);
    arrive("d", SHORT, 110 + 125);
    at(110);

    scheduler.finished(now, first, "r");
    assertThat(decide()).as("125 ms are enough for two").containsExactly("d+b");
  }

  @Test
  void doesNotCutBatchesShortWhenItIsBehind() {
    scheduler = scheduler(1, 1_000);
    Batch<String> first = only(arriveAll("a", SHORT, FAR));
    arrive("b", SHORT, 110 + 125);
    for (String id : List.of("c", "d", "e", "f")) {
      arrive(id, SHORT, FAR);
    }
    assertThat(last.refused()).as("a batch of four takes 140").containsExactly("b");

    at(110);
    scheduler.finished(now, first, "r");
    assertThat(decide()).containsExactly("c+d+e+f");
  }

  @Test
  void unitesTheHeads() {
    Batch<String> first = only(arriveAll("a", SHORT, FAR));
    scheduler.arrive(now, "b", SHORT, SHORT, Set.of(Head.ASR), Priority.INTERACTIVE, FAR * MILLI);
    scheduler.arrive(now, "c", SHORT, SHORT, Set.of(Head.SV), Priority.INTERACTIVE, FAR * MILLI);
    at(110);

    scheduler.finished(now, first, "r");
    assertThat(only(scheduler.decide(now)).heads()).containsExactlyInAnyOrder(Head.ASR, Head.SV);
  }

  @Test
  void runsTheMembersOfAFailedBatchAlone() {
    Batch<String> batch = batchOfTwo();

    assertThat(scheduler.failed(now, batch, true)).isEmpty();
    Decisions<String> alone = scheduler.decide(now);

    assertThat(ids(alone)).containsExactly("b", "c");
    assertThat(scheduler.failed(now, alone.batches().get(0), true)).containsExactly("b");
    scheduler.finished(now, alone.batches().get(1), "r");
    assertThat(scheduler.decide(now).batches()).isEmpty();
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void doesNotRunAgainWhatFailedForAnotherReason() {
    assertThat(scheduler.failed(now, batchOfTwo(), false)).containsExactly("b", "c");
    assertThat(decide()).isEmpty();
  }

  @Test
  void aWithdrawnUtteranceLeavesTheQueue() {
    Batch<String> first = only(arriveAll("a", SHORT, FAR));
    QueuedUtterance<String> b =
        scheduler.arrive(
            now, "b", SHORT, SHORT, Set.of(Head.ASR), Priority.INTERACTIVE, FAR * MILLI);
    arrive("c", SHORT, FAR);

    scheduler.withdraw(b);
    scheduler.withdraw(b);
    at(110);
    scheduler.finished(now, first, "r");

    assertThat(decide()).containsExactly("c");
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void anUtteranceWithdrawnUnderWayIsNotRunAgain() {
    Batch<String> batch = batchOfTwo();

    scheduler.withdraw(batch.members().get(0));

    assertThat(scheduler.failed(now, batch, true)).isEmpty();
    assertThat(decide()).containsExactly("c");
  }

  @Test
  void countsWhatTheBackendComputes() {
    arrive("a", LONG, FAR);
    arrive("b", SHORT, FAR);
    arrive("c", LONG, FAR);

    assertThat(scheduler.paddedSamplesInFlight()).isEqualTo(LONG);
    assertThat(scheduler.paddedSamplesWaiting()).isEqualTo(SHORT + LONG);
  }

  @Test
  void eachReplicaHasItsSlots() {
    scheduler.serve(4, List.of("r1", "r2"));

    assertThat(arrive("a", SHORT, FAR)).containsExactly("a");
    assertThat(arrive("b", SHORT, FAR)).containsExactly("b");
    assertThat(arrive("c", SHORT, FAR)).isEmpty();
  }

  @Test
  void aReplicaThatGoesTakesItsSlotsWithIt() {
    scheduler.serve(4, List.of("r1", "r2"));
    Batch<String> a = only(arriveAll("a", SHORT, FAR));
    Batch<String> b = only(arriveAll("b", SHORT, FAR));
    scheduler.serve(4, List.of("r1"));

    assertThat(arrive("c", SHORT, FAR)).isEmpty();
    at(200);
    scheduler.finished(now, b, "r2");
    scheduler.finished(now, a, "r1");
    assertThat(decide()).containsExactly("c");
    assertThat(scheduler.batchesInFlight()).isEqualTo(1);
  }

  @Test
  void learnsFromWhatKeptTheReplicaBusyNotFromWaitingBehindAnotherBatch() {
    scheduler = scheduler(2, 0);
    Batch<String> a = only(arriveAll("a", SHORT, FAR));
    Batch<String> b = only(arriveAll("b", SHORT, FAR));
    at(110);
    scheduler.finished(now, a, "r");
    at(220);
    scheduler.finished(now, b, "r");

    assertThat(times.bucket(SHORT).expectedNanos(1) / MILLI).isBetween(109L, 111L);
  }

  @Test
  void refusesLimitsThatAllowNothing() {
    assertThatThrownBy(() -> scheduler.serve(0, List.of("r")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maximumBatchSize: 0 (expected: >= 1)");
  }

  private Batch<String> batchOfTwo() {
    Batch<String> first = only(arriveAll("a", SHORT, FAR));
    arrive("b", SHORT, FAR);
    arrive("c", SHORT, FAR);
    at(110);
    scheduler.finished(now, first, "r");
    return only(scheduler.decide(now));
  }
}
