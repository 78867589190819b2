package io.mt2kd.client.internal;

import com.google.rpc.BadRequest;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.RequestInfo;
import io.grpc.Status;
import io.mt2kd.client.AccessDeniedException;
import io.mt2kd.client.DeadlineExceededException;
import io.mt2kd.client.FailedPreconditionException;
import io.mt2kd.client.InvalidRequestException;
import io.mt2kd.client.InvalidRequestException.FieldViolation;
import io.mt2kd.client.Mt2kdException;
import io.mt2kd.client.NotFoundException;
import io.mt2kd.client.OverloadedException;
import io.mt2kd.client.UnavailableException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The one place that turns a status into an exception. */
final class ErrorMapping {
  private ErrorMapping() {}

  static Mt2kdException toException(Failure failure, String ownRequestId) {
    // Calls whose request has no field for it get an id from the gateway.
    String requestId =
        ownRequestId.isEmpty()
            ? failure.detail(RequestInfo.class).map(RequestInfo::getRequestId).orElse("")
            : ownRequestId;
    Status status = failure.status();
    Status.Code code = status.getCode();
    String message = message(status);
    Throwable cause = status.asRuntimeException();
    return switch (code) {
      case INVALID_ARGUMENT, OUT_OF_RANGE ->
          new InvalidRequestException(code, message, fieldViolations(failure), requestId, cause);
      case NOT_FOUND -> new NotFoundException(message, requestId, cause);
      case FAILED_PRECONDITION ->
          new FailedPreconditionException(
              message, preconditionViolations(failure), requestId, cause);
      case RESOURCE_EXHAUSTED ->
          new OverloadedException(message, failure.retryAfter().orElse(null), requestId, cause);
      case DEADLINE_EXCEEDED -> new DeadlineExceededException(message, requestId, cause);
      case UNAVAILABLE -> new UnavailableException(message, requestId, cause);
      case UNAUTHENTICATED, PERMISSION_DENIED ->
          new AccessDeniedException(code, message, requestId, cause);
      default -> new Mt2kdException(code, message, requestId, cause);
    };
  }

  /** A reply that this client cannot read, from a gateway newer or more broken than it. */
  static Mt2kdException malformedReply(RuntimeException cause, String requestId) {
    return new Mt2kdException(
        Status.Code.INTERNAL,
        "the gateway's reply cannot be read: " + cause.getMessage(),
        requestId,
        cause);
  }

  private static String message(Status status) {
    String description = status.getDescription();
    Throwable cause = status.getCause();
    String reason = cause == null ? null : cause.getMessage();
    if (description == null) {
      return reason == null ? status.getCode().name() : reason;
    }
    // gRPC says only "io exception" where the cause says "Connection refused: host/address:port".
    return reason == null || !description.startsWith("io exception") ? description : reason;
  }

  private static List<FieldViolation> fieldViolations(Failure failure) {
    @Nullable BadRequest details = failure.detail(BadRequest.class).orElse(null);
    return details == null
        ? List.of()
        : details.getFieldViolationsList().stream()
            .map(violation -> new FieldViolation(violation.getField(), violation.getDescription()))
            .toList();
  }

  private static List<FailedPreconditionException.Violation> preconditionViolations(
      Failure failure) {
    @Nullable PreconditionFailure details = failure.detail(PreconditionFailure.class).orElse(null);
    return details == null
        ? List.of()
        : details.getViolationsList().stream()
            .map(
                violation ->
                    new FailedPreconditionException.Violation(
                        violation.getType(), violation.getSubject(), violation.getDescription()))
            .toList();
  }
}
