package io.mt2kd.gateway.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class OverloadedExceptionTest {
  @Test
  void refusalIsMadeWithoutWalkingTheStack() {
    assertThat(new OverloadedException("too much", Duration.ofSeconds(1)).getStackTrace())
        .isEmpty();
  }

  @Test
  void otherFailuresTellWhereTheyCameFrom() {
    assertThat(new InternalException("a fault").getStackTrace()).isNotEmpty();
  }
}
