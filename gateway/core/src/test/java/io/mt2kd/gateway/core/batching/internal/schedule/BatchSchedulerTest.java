package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.inference.Head;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Batches of four; a batch of N in either bucket is known to take 100 ms + 10 ms * N. */
class BatchSchedulerTest {
  private static final int SHORT = 16_000;
  private static final int LONG = 32_000;
  private static final long MILLI = 1_000_000;
  private static final long FAR = 60_000;

  private final ServiceTimes times = new ServiceTimes();
  private BatchScheduler<String> scheduler = scheduler(2, 1_000);
  private long now;
  private Decisions<String> last = new Decisions<>(List.of(), List.of(), 0);

  @BeforeEach
  void knowTheCosts() {
    for (int round = 0; round < 60; round++) {
      for (int size = 1; size <= 8; size++) {
        times.bucket(SHORT).observe(size, (100 + 10 * size) * MILLI);
        times.bucket(LONG).observe(size, (100 + 10 * size) * MILLI);
      }
    }
  }

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
    scheduler.arrive(now, "b", SHORT, Set.of(Head.ASR), Priority.INTERACTIVE, FAR * MILLI);
    scheduler.arrive(now, "c", SHORT, Set.of(Head.SV), Priority.INTERACTIVE, FAR * MILLI);
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
        scheduler.arrive(now, "b", SHORT, Set.of(Head.ASR), Priority.INTERACTIVE, FAR * MILLI);
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
    scheduler.resize(4, 2);

    assertThat(arrive("a", SHORT, FAR)).containsExactly("a");
    assertThat(arrive("b", SHORT, FAR)).containsExactly("b");
    assertThat(arrive("c", SHORT, FAR)).isEmpty();
  }

  @Test
  void aReplicaThatGoesTakesItsSlotsWithIt() {
    scheduler.resize(4, 2);
    Batch<String> a = only(arriveAll("a", SHORT, FAR));
    Batch<String> b = only(arriveAll("b", SHORT, FAR));
    scheduler.resize(4, 1);

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
  void theBatchClassWaitsWhileAnInteractiveOneDoes() {
    arrive("a", SHORT, FAR);
    arriveAll("slow", SHORT, Priority.BATCH, FAR / 2);
    assertThat(arrive("b", LONG, FAR)).isEmpty();

    now = last.wakeNanos();

    assertThat(decide()).containsExactly("b");
  }

  @Test
  void theBatchClassDoesNotWaitForAnIdleBackend() {
    assertThat(ids(arriveAll("slow", SHORT, Priority.BATCH, FAR))).containsExactly("slow");
  }

  @Test
  void theBatchClassGetsPlacesThatCostLittle() {
    Batch<String> first = only(arriveAll("a", SHORT, FAR));
    for (String id : List.of("x", "y", "z")) {
      arriveAll(id, SHORT, Priority.BATCH, FAR);
    }
    arrive("b", SHORT, FAR);
    at(110);
    scheduler.finished(now, first, "r");

    // 110 ms alone; 130 ms with two more is within a quarter, 140 ms is not.
    assertThat(decide()).containsExactly("b+x+y");
  }

  @Test
  void theBatchClassHasItsTurnAfterSevenBatches() {
    scheduler = scheduler(1, 1_000);
    Batch<String> running = only(arriveAll("a", SHORT, FAR));
    arriveAll("slow", 3 * SHORT, Priority.BATCH, FAR);
    arrive("0", SHORT, FAR);
    List<String> left = new ArrayList<>();
    for (int i = 1; i <= 9; i++) {
      arrive("" + i, i % 2 == 0 ? SHORT : LONG, FAR);
      at(200L * i);
      scheduler.finished(now, running, "r");
      Decisions<String> decisions = scheduler.decide(now);
      running = only(decisions);
      left.addAll(ids(decisions));
    }

    assertThat(left).containsExactly("0", "1", "2", "3", "4", "5", "6", "slow", "7+9");
  }

  @Test
  void tellsByHowMuchANewcomerWouldBeLate() {
    arrive("a", SHORT, FAR);
    arrive("b", SHORT, 10_000);

    // 110 ms for what runs; the newcomer leaves with b, in 120 ms and what these may be wrong by.
    assertThat(lateness(Priority.INTERACTIVE, SHORT, 1_000)).isBetween(-771L, -720L);
    assertThat(lateness(Priority.INTERACTIVE, SHORT, 200)).isBetween(29L, 80L);
    // In another bucket it is another 110 ms, after b only where b is more urgent.
    assertThat(lateness(Priority.INTERACTIVE, LONG, 1_000)).isBetween(-781L, -730L);
    assertThat(lateness(Priority.INTERACTIVE, LONG, 20_000)).isBetween(-19_671L, -19_600L);
    // The batch class comes after b in any case.
    assertThat(lateness(Priority.BATCH, LONG, 1_000)).isBetween(-671L, -600L);
  }

  @Test
  void countsANewcomerAsLateThatMakesOthersLate() {
    arrive("a", SHORT, FAR);
    arrive("b", SHORT, 300);

    assertThat(lateness(Priority.INTERACTIVE, LONG, 250)).isGreaterThan(0);
    assertThat(lateness(Priority.INTERACTIVE, LONG, 1_000)).isLessThan(0);
  }

  @Test
  void countsWhomABatchTakesAlongAsBeforeANewcomer() {
    arrive("a", SHORT, FAR);
    arrive("b", SHORT, 300);
    long withoutThem = lateness(Priority.INTERACTIVE, LONG, 1_000);
    arrive("c", SHORT, FAR);
    arrive("d", SHORT, FAR);

    // Both are due later than the newcomer and leave with b, for 10 ms each and an allowance.
    assertThat(lateness(Priority.INTERACTIVE, LONG, 1_000) - withoutThem).isBetween(20L, 30L);
  }

  @Test
  void refusesLimitsThatAllowNothing() {
    assertThatThrownBy(() -> scheduler.resize(0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maximumBatchSize: 0, replicas: 1 (expected: >= 1 each)");
  }

  private BatchScheduler<String> scheduler(int batchesInFlight, long maximumWaitMillis) {
    BatchScheduler<String> made =
        new BatchScheduler<>(
            new BatchingSettings(batchesInFlight, Duration.ofMillis(maximumWaitMillis)), times);
    made.resize(4, 1);
    return made;
  }

  private Batch<String> batchOfTwo() {
    Batch<String> first = only(arriveAll("a", SHORT, FAR));
    arrive("b", SHORT, FAR);
    arrive("c", SHORT, FAR);
    at(110);
    scheduler.finished(now, first, "r");
    return only(scheduler.decide(now));
  }

  /** In milliseconds. */
  private long lateness(Priority priority, int bucket, long deadlineMillis) {
    return scheduler.latenessNanos(now, priority, List.of(bucket), deadlineMillis * MILLI, 0)
        / MILLI;
  }

  private void at(long millis) {
    now = millis * MILLI;
  }

  /** What leaves, as ids joined by "+". */
  private List<String> arrive(String id, int bucket, long deadlineMillis) {
    return ids(arriveAll(id, bucket, deadlineMillis));
  }

  private Decisions<String> arriveAll(String id, int bucket, long deadlineMillis) {
    return arriveAll(id, bucket, Priority.INTERACTIVE, deadlineMillis);
  }

  private Decisions<String> arriveAll(
      String id, int bucket, Priority priority, long deadlineMillis) {
    scheduler.arrive(now, id, bucket, Set.of(Head.ASR), priority, deadlineMillis * MILLI);
    last = scheduler.decide(now);
    return last;
  }

  private List<String> decide() {
    last = scheduler.decide(now);
    return ids(last);
  }

  private static Batch<String> only(Decisions<String> decisions) {
    assertThat(decisions.batches()).hasSize(1);
    return decisions.batches().get(0);
  }

  private static List<String> ids(Decisions<String> decisions) {
    return decisions.batches().stream()
        .map(
            batch ->
                String.join("+", batch.members().stream().map(QueuedUtterance::utterance).toList()))
        .toList();
  }
}
