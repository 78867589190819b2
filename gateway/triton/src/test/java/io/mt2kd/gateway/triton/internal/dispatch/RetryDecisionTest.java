package io.mt2kd.gateway.triton.internal.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetryDecisionTest {
  private static final Set<Status.Code> RETRIED =
      EnumSet.of(Status.Code.UNAVAILABLE, Status.Code.NOT_FOUND, Status.Code.CANCELLED);
  private static final Duration LEFT = Duration.ofMillis(1);

  @ParameterizedTest
  @EnumSource
  void retriesWhatIsAboutTheReplicaAndNothingElse(Status.Code code) {
    assertThat(RetryDecision.mayRetry(code.toStatus().asRuntimeException(), 1, LEFT))
        .isEqualTo(RETRIED.contains(code));
  }

  @Test
  void retriesWhereTheConnectionBrokeUnderTheWriting() {
    Throwable closed =
        Status.UNKNOWN
            .withDescription("channel closed")
            .withCause(new ClosedChannelException())
            .asRuntimeException();

    assertThat(RetryDecision.mayRetry(closed, 1, LEFT)).isTrue();
  }

  @Test
  void doesNotRetryAFaultOfOurs() {
    assertThat(RetryDecision.mayRetry(new IllegalStateException("bug"), 1, LEFT)).isFalse();
  }

  @Test
  void stopsAtTheDeadline() {
    Throwable lost = Status.UNAVAILABLE.asRuntimeException();

    assertThat(RetryDecision.mayRetry(lost, 1, Duration.ZERO)).isFalse();
    assertThat(RetryDecision.mayMoveOn(1, Duration.ofMillis(-1))).isFalse();
  }

  @Test
  void stopsAtThreeAttempts() {
    Throwable lost = Status.UNAVAILABLE.asRuntimeException();

    assertThat(RetryDecision.mayRetry(lost, 2, LEFT)).isTrue();
    assertThat(RetryDecision.mayRetry(lost, 3, LEFT)).isFalse();
  }
}
