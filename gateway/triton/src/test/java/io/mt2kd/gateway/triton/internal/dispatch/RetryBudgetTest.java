package io.mt2kd.gateway.triton.internal.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private long nanos = 5;
  private final RetryBudget budget = new RetryBudget(() -> nanos);

  @Test
  void startsFull() {
    assertThat(retries(1000)).isEqualTo(100);
  }

  @Test
  void givesOneRetryForFiveCalls() {
    retries(100);

    for (int i = 0; i < 50; i++) {
      budget.called();
    }

    assertThat(retries(1000)).isEqualTo(10);
  }

  @Test
  void givesTenASecondWithoutCalls() {
    retries(100);

    nanos += TimeUnit.SECONDS.toNanos(3);

    assertThat(retries(1000)).isEqualTo(30);
  }

  @Test
  void isNeverFullerThanAtTheStart() {
    nanos += TimeUnit.DAYS.toNanos(1);
    for (int i = 0; i < 10_000; i++) {
      budget.called();
    }

    assertThat(retries(1000)).isEqualTo(100);
  }

  private int retries(int wanted) {
    int given = 0;
    for (int i = 0; i < wanted; i++) {
      given += budget.tryRetry() ? 1 : 0;
    }
    return given;
  }
}
