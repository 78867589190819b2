package io.mt2kd.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.FailedPreconditionException;
import io.mt2kd.gateway.core.failure.FailedPreconditionException.Reason;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.failure.NotFoundException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StatusMappingTest {
  private static final String SECRET = "/srv/models/mt2kd/1/model.onnx";

  static Stream<Arguments> failures() {
    return Stream.of(
        arguments(
            InvalidArgumentException.of("audio.content", "x", "y"),
            Status.Code.INVALID_ARGUMENT,
            "INVALID_ARGUMENT",
            "audio.content: x (expected: y)"),
        arguments(
            new NotFoundException("mt2kd.v1.Speaker", "speakers/a"),
            Status.Code.NOT_FOUND,
            "NOT_FOUND",
            "mt2kd.v1.Speaker speakers/a does not exist"),
        arguments(
            new FailedPreconditionException(Reason.VOICES_DIFFER, "speakers/a", "differ"),
            Status.Code.FAILED_PRECONDITION,
            "VOICES_DIFFER",
            "differ"),
        arguments(
            new FailedPreconditionException(Reason.MODEL_MISMATCH, "speakers/a", "other"),
            Status.Code.FAILED_PRECONDITION,
            "MODEL_MISMATCH",
            "other"),
        arguments(
            new UnavailableException("gone", new RuntimeException(SECRET)),
            Status.Code.UNAVAILABLE,
            "UNAVAILABLE",
            "gone"),
        arguments(
            new OverloadedException("too much", Duration.ofMillis(1500)),
            Status.Code.RESOURCE_EXHAUSTED,
            "OVERLOADED",
            "too much"),
        arguments(
            new DeadlineExceededException("late"),
            Status.Code.DEADLINE_EXCEEDED,
            "DEADLINE_EXCEEDED",
            "late"),
        arguments(
            new TimeoutException(SECRET),
            Status.Code.DEADLINE_EXCEEDED,
            "DEADLINE_EXCEEDED",
            "the gateway's own time limit was spent"),
        arguments(
            new InternalException("broken", new RuntimeException(SECRET)),
            Status.Code.INTERNAL,
            "INTERNAL",
            "broken"),
        arguments(
            new IllegalStateException(SECRET), Status.Code.INTERNAL, "INTERNAL", "internal error"),
        arguments(
            new OutOfMemoryError(SECRET), Status.Code.INTERNAL, "INTERNAL", "internal error"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void givesEachFailureItsStatus(
      Throwable failure, Status.Code code, String reason, String message) {
    Refusal refusal = Refusal.of(StatusMapping.toStatus(failure, "r1"));

    assertThat(refusal.code()).isEqualTo(code);
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(refusal.detail(ErrorInfo.class).getDomain()).isEqualTo("mt2kd.io");
    assertThat(refusal.requestId()).isEqualTo("r1");
    assertThat(refusal.message()).isEqualTo(message);
    assertThat(refusal.rich().toString()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void looksInsideWhatFuturesWrapAround(Throwable failure, Status.Code code) {
    Throwable wrapped = new CompletionException(new ExecutionException(failure));

    assertThat(Refusal.of(StatusMapping.toStatus(wrapped, "r1")))
        .isEqualTo(Refusal.of(StatusMapping.toStatus(failure, "r1")))
        .returns(code, Refusal::code);
  }

  @Test
  void namesTheFieldThatIsInvalid() {
    Refusal refusal =
        refusal(InvalidArgumentException.of("encoding", 99, "an AudioEncoding").within("audio"));

    assertThat(refusal.violation().getField()).isEqualTo("audio.encoding");
    assertThat(refusal.violation().getDescription()).isEqualTo("99 (expected: an AudioEncoding)");
    assertThat(refusal.has(RetryInfo.class)).isFalse();
  }

  @Test
  void namesTheResourceThatIsMissing() {
    ResourceInfo info =
        refusal(new NotFoundException("mt2kd.v1.Speaker", "speakers/a")).detail(ResourceInfo.class);

    assertThat(info.getResourceType()).isEqualTo("mt2kd.v1.Speaker");
    assertThat(info.getResourceName()).isEqualTo("speakers/a");
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.EnumSource(Reason.class)
  void namesThePreconditionAndItsSubject(Reason reason) {
    PreconditionFailure.Violation violation =
        refusal(new FailedPreconditionException(reason, "speakers/a", "why"))
            .detail(PreconditionFailure.class)
            .getViolations(0);

    assertThat(violation.getType()).isEqualTo(reason.name());
    assertThat(violation.getSubject()).isEqualTo("speakers/a");
    assertThat(violation.getDescription()).isEqualTo("why");
  }

  @Test
  void saysWhenToTryAgain() {
    assertThat(
            refusal(new OverloadedException("too much", Duration.ofMillis(1500)))
                .detail(RetryInfo.class)
                .getRetryDelay())
        .isEqualTo(
            com.google.protobuf.Duration.newBuilder().setSeconds(1).setNanos(500_000_000).build());
    assertThat(refusal(new UnavailableException("gone")).detail(RetryInfo.class).getRetryDelay())
        .isEqualTo(com.google.protobuf.Duration.newBuilder().setSeconds(1).build());
  }

  @Test
  void givesNoBadRequestWhereTheRequestWasGood() {
    assertThat(refusal(new InternalException("broken")).has(BadRequest.class)).isFalse();
  }

  private static Refusal refusal(Throwable failure) {
    return Refusal.of(StatusMapping.toStatus(failure, "r1"));
  }
}
