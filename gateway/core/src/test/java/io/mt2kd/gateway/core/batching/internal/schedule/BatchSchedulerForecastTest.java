package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.Priority;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is foretold of a newcomer. */
class BatchSchedulerForecastTest extends BatchSchedulerFixture {
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
  void keepsTheRestOfTheTimeOfNewcomersAndOfThoseThatWait() {
    arrive("a", SHORT, FAR);
    arrive("b", SHORT, 1_000);
    long toTheDeadline = lateness(Priority.INTERACTIVE, LONG, 2_000);

    // It delays neither of them, and only its own time counts.
    assertThat(lateness(Priority.INTERACTIVE, LONG, 2_000, 0.8)).isEqualTo(toTheDeadline + 400);
    // Now it is b that the newcomer delays.
    assertThat(lateness(Priority.INTERACTIVE, LONG, 999, 0.8))
        .isEqualTo(lateness(Priority.INTERACTIVE, LONG, 999) + 200);
  }

  @Test
  void aNewcomerPassesNobodyByWhatIsKept() {
    arrive("a", SHORT, FAR);
    arrive("b", SHORT, 1_900);
    long behind = lateness(Priority.INTERACTIVE, LONG, 2_000);

    // With its own deadline brought forward to 1,600 ms it would be planned before b.
    assertThat(lateness(Priority.INTERACTIVE, LONG, 2_000, 0.8) - 400).isEqualTo(behind);
  }

  /** In milliseconds. */
  private long lateness(Priority priority, int bucket, long deadlineMillis) {
    return lateness(priority, bucket, deadlineMillis, 1);
  }

  private long lateness(Priority priority, int bucket, long deadlineMillis, double timeShare) {
    return scheduler.latenessNanos(
            now, priority, List.of(bucket), deadlineMillis * MILLI, timeShare, 0)
        / MILLI;
  }
}
