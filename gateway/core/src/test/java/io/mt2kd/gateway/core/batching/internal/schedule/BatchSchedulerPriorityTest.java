package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.Priority;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The two classes of priority. */
class BatchSchedulerPriorityTest extends BatchSchedulerFixture {
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
}
