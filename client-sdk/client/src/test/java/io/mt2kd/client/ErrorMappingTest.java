package io.mt2kd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Metadata;
import io.grpc.Status;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.VerifySpeakerResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorMappingTest {
  @RegisterExtension final InProcess local = new InProcess();

  private Mt2kdClient client() {
    return local.builder().retryPolicy(RetryPolicy.NONE).build();
  }

  private <E extends Mt2kdException> E failure(Class<E> type) {
    return catchThrowableOfType(
        type, () -> client().recognize(RecognizeRequest.of(Call.clip()).withRequestId("r-7")));
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_ARGUMENT, InvalidRequestException",
    "OUT_OF_RANGE, InvalidRequestException",
    "NOT_FOUND, NotFoundException",
    "FAILED_PRECONDITION, FailedPreconditionException",
    "RESOURCE_EXHAUSTED, OverloadedException",
    "DEADLINE_EXCEEDED, DeadlineExceededException",
    "UNAVAILABLE, UnavailableException",
    "UNAUTHENTICATED, AccessDeniedException",
    "PERMISSION_DENIED, AccessDeniedException",
    "CANCELLED, Mt2kdException",
    "UNKNOWN, Mt2kdException",
    "ALREADY_EXISTS, Mt2kdException",
    "ABORTED, Mt2kdException",
    "UNIMPLEMENTED, Mt2kdException",
    "INTERNAL, Mt2kdException",
    "DATA_LOSS, Mt2kdException",
  })
  void givesEveryStatusItsException(Status.Code code, String exception) {
    local.gateway.failNext(code.toStatus().withDescription("in the gateway's words"));
    Mt2kdException failure = failure(Mt2kdException.class);
    assertThat(failure.getClass().getSimpleName()).isEqualTo(exception);
    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.requestId()).isEqualTo("r-7");
    assertThat(failure).hasMessage("in the gateway's words");
  }

  @Test
  void namesTheFieldThatIsWrong() {
    local.gateway.failNext(
        Replies.invalid("audio.sample_rate_hertz", "7 (expected: 1000..384000)"));
    assertThat(failure(InvalidRequestException.class).violations())
        .containsExactly(
            new InvalidRequestException.FieldViolation(
                "audio.sample_rate_hertz", "7 (expected: 1000..384000)"));
  }

  @Test
  void saysWhenToReturn() {
    local.gateway.failNext(Replies.shed(Duration.ofMillis(1500)));
    assertThat(failure(OverloadedException.class).retryAfter()).contains(Duration.ofMillis(1500));
  }

  @Test
  void saysNothingOfReturningWhereItDoesNotHelp() {
    local.gateway.failNext(Status.RESOURCE_EXHAUSTED.withDescription("message too large"));
    assertThat(failure(OverloadedException.class).retryAfter()).isEmpty();
  }

  @Test
  void namesTheConditionThatDoesNotHold() {
    local.gateway.failNext(
        Replies.precondition("MODEL", "speakers/alice", "enrolled with another model"));
    assertThat(failure(FailedPreconditionException.class).violations())
        .containsExactly(
            new FailedPreconditionException.Violation(
                "MODEL", "speakers/alice", "enrolled with another model"));
  }

  @Test
  void takesTheGatewaysRequestIdWhereTheCallHasNone() {
    local.gateway.failNext(Replies.numbered("g-1"));
    assertThat(catchThrowableOfType(Mt2kdException.class, () -> client().getModel()).requestId())
        .isEqualTo("g-1");
    local.gateway.failNext(Replies.numbered("g-2"));
    assertThat(failure(Mt2kdException.class).requestId()).isEqualTo("r-7");
  }

  @Test
  void damagedDetailsDoNotHideTheStatus() {
    Metadata trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER),
        new byte[] {1, 2, 3});
    local.gateway.failNext(
        Status.NOT_FOUND.withDescription("speakers/bob").asRuntimeException(trailers));
    assertThat(failure(NotFoundException.class)).hasMessage("speakers/bob");
  }

  @Test
  void aReplyThatCannotBeReadIsAFaultOfTheGateway() {
    local.gateway.reply(
        SpeakerServiceGrpc.getVerifySpeakerMethod(),
        VerifySpeakerResponse.newBuilder().setDecisionValue(9).build());
    assertThatThrownBy(() -> client().verify(VerifyRequest.of("alice", Call.clip())))
        .isInstanceOfSatisfying(
            Mt2kdException.class, e -> assertThat(e.code()).isEqualTo(Status.Code.INTERNAL))
        .hasMessageContaining("decision: 9");
  }

  @Test
  void blockingCallsFailWithTheCallersStack() {
    local.gateway.failNext(Status.NOT_FOUND);
    assertThat(failure(NotFoundException.class).getStackTrace())
        .anySatisfy(
            frame ->
                assertThat(frame.getMethodName())
                    .isEqualTo("blockingCallsFailWithTheCallersStack"));
  }
}
