package io.mt2kd.gateway.triton.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.mt2kd.gateway.core.failure.GatewayException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class BackendFailuresTest {
  private static final String WORDS = "failed to load /srv/models/mt2kd/1/model.onnx";

  @ParameterizedTest
  @EnumSource(
      names = {"UNAVAILABLE", "NOT_FOUND", "DEADLINE_EXCEEDED", "CANCELLED", "RESOURCE_EXHAUSTED"})
  void nobodyAnswersNow(Status.Code code) {
    assertOurWords(code, UnavailableException.class);
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {
        "OK",
        "UNAVAILABLE",
        "NOT_FOUND",
        "DEADLINE_EXCEEDED",
        "CANCELLED",
        "RESOURCE_EXHAUSTED"
      })
  void serverFailedOnThisBatch(Status.Code code) {
    assertOurWords(code, InternalException.class);
  }

  @Test
  void nobodyAnswersOnABrokenConnectionWhateverTheCode() {
    Throwable closed = Status.UNKNOWN.withCause(new ClosedChannelException()).asRuntimeException();

    assertThat(BackendFailures.of(closed)).isInstanceOf(UnavailableException.class);
  }

  @Test
  void anythingElseIsAFaultOfOurs() {
    assertThat(BackendFailures.of(new IllegalStateException(WORDS)))
        .isInstanceOf(InternalException.class);
  }

  @Test
  void keepsWhatIsKnownAlready() {
    UnavailableException known = new UnavailableException("gone");

    assertThat(BackendFailures.of(known)).isSameAs(known);
  }

  private static void assertOurWords(Status.Code code, Class<? extends GatewayException> type) {
    Throwable failure = code.toStatus().withDescription(WORDS).asRuntimeException();

    GatewayException mapped = BackendFailures.of(failure);

    assertThat(mapped).isExactlyInstanceOf(type).hasCause(failure);
    assertThat(mapped.getMessage()).doesNotContain("/srv");
  }
}
