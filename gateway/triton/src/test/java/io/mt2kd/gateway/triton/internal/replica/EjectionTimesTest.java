package io.mt2kd.gateway.triton.internal.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class EjectionTimesTest {
  private final EjectionTimes times = new EjectionTimes(Duration.ofSeconds(5));

  @Test
  void doublesFiveTimesInARow() {
    for (int seconds : new int[] {5, 10, 20, 40, 80, 160, 160}) {
      assertThat(times.next(Duration.ZERO)).hasSeconds(seconds);
    }
  }

  @Test
  void startsAnewAfterServingTenTimesAsLongAsItWasOut() {
    assertThat(times.next(Duration.ofDays(1))).hasSeconds(5);
    assertThat(times.next(Duration.ofSeconds(49))).hasSeconds(10);
    assertThat(times.next(Duration.ofSeconds(100))).hasSeconds(5);
  }
}
