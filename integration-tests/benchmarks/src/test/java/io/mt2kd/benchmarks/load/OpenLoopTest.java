package io.mt2kd.benchmarks.load;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.benchmarks.workload.Sequence;
import io.mt2kd.benchmarks.workload.Utterance;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OpenLoopTest {
  private static final Duration STALL = Duration.ofMillis(100);

  private boolean stalled;

  @Test
  void aStallCountsForEveryCallThatWasDueMeanwhile() {
    OpenLoop.Outcome outcome = OpenLoop.Outcome.empty();
    OpenLoop.run(
        this::call,
        new Sequence(List.of(Utterance.of(0, new short[1_600])), 1),
        1_000,
        STALL.multipliedBy(2),
        1,
        outcome);
    // About a hundred calls of two hundred were due in the first half, which stalls: had each been
    // timed from when it was really made, only the first would be slow.
    assertThat(outcome.sinceDue().milliseconds(75)).isGreaterThan(1);
    assertThat(outcome.sinceMade().milliseconds(75)).isLessThan(1);
    assertThat(outcome.lateness().getTotalCount()).isEqualTo(outcome.sinceDue().answers());
    assertThat(outcome.lateness().getMaxValue()).isGreaterThan(STALL.toNanos() / 2);
  }

  @Test
  void whatEndsAfterTheLastCallWasDueIsNoGoodput() {
    CompletableFuture<Reply> last = new CompletableFuture<>();
    OpenLoop.Outcome outcome = OpenLoop.Outcome.empty();
    OpenLoop.run(
        (utterance, late) -> {
          last.completeOnTimeout(Reply.direct(1_600), 300, MILLISECONDS);
          return last;
        },
        new Sequence(List.of(Utterance.of(0, new short[1_600])), 1),
        1_000,
        STALL,
        1,
        outcome);
    assertThat(outcome.sinceDue().answers()).isPositive();
    assertThat(outcome.goodput().answers()).isZero();
  }

  private CompletableFuture<Reply> call(Utterance utterance, long lateNanos) {
    if (!stalled) {
      stalled = true;
      long end = System.nanoTime() + STALL.toNanos();
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
    }
    return CompletableFuture.completedFuture(Reply.direct(1_600));
  }
}
