package io.mt2kd.gateway.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.RequestInfo;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.FailedPreconditionException;
import io.mt2kd.gateway.core.failure.GatewayException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.failure.NotFoundException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where failures become gRPC statuses, with {@code google.rpc} details.
 *
 * <table>
 *   <caption>Failures and statuses</caption>
 *   <tr><th>failure</th><th>code</th><th>details</th></tr>
 *   <tr><td>InvalidArgument</td><td>INVALID_ARGUMENT</td><td>BadRequest: field, value and expected range</td></tr>
 *   <tr><td>NotFound</td><td>NOT_FOUND</td><td>ResourceInfo</td></tr>
 *   <tr><td>FailedPrecondition</td><td>FAILED_PRECONDITION</td><td>PreconditionFailure: reason and subject</td></tr>
 *   <tr><td>Unavailable</td><td>UNAVAILABLE</td><td>RetryInfo, one second</td></tr>
 *   <tr><td>Overloaded</td><td>RESOURCE_EXHAUSTED</td><td>RetryInfo</td></tr>
 *   <tr><td>DeadlineExceeded</td><td>DEADLINE_EXCEEDED</td><td></td></tr>
 *   <tr><td>anything else</td><td>INTERNAL</td><td>the cause goes to the log only</td></tr>
 * </table>
 *
 * <p>Every status carries ErrorInfo with the domain {@value #DOMAIN} and RequestInfo with the
 * request's id.
 */
final class StatusMapping {
  static final String DOMAIN = "mt2kd.io";

  private static final Logger log = LoggerFactory.getLogger(StatusMapping.class);
  private static final java.time.Duration UNAVAILABLE_RETRY = java.time.Duration.ofSeconds(1);

  private StatusMapping() {}

  /** The status of any failure, which is logged here where it is ours. */
  static StatusRuntimeException toStatus(Throwable failure, String requestId) {
    Throwable cause = unwrap(failure);
    GatewayException known =
        cause instanceof GatewayException gatewayFailure
            ? gatewayFailure
            : cause instanceof TimeoutException
                ? new DeadlineExceededException("the gateway's own time limit was spent", cause)
                : new InternalException("internal error", cause);
    if (known instanceof InternalException) {
      log.error("[{}] {}", requestId, known.getMessage(), known.getCause());
    } else if (known instanceof UnavailableException) {
      log.warn("[{}] {}", requestId, known.getMessage(), known.getCause());
    }
    return status(known, requestId);
  }

  private static StatusRuntimeException status(GatewayException failure, String requestId) {
    // A switch over the sealed type would be checked by the compiler; Java 17 has it in preview
    // only.
    if (failure instanceof InvalidArgumentException e) {
      BadRequest.FieldViolation violation =
          BadRequest.FieldViolation.newBuilder()
              .setField(e.field())
              .setDescription(e.problem())
              .build();
      return build(
          Code.INVALID_ARGUMENT,
          "INVALID_ARGUMENT",
          e,
          requestId,
          BadRequest.newBuilder().addFieldViolations(violation).build());
    }
    if (failure instanceof NotFoundException e) {
      return build(
          Code.NOT_FOUND,
          "NOT_FOUND",
          e,
          requestId,
          ResourceInfo.newBuilder()
              .setResourceType(e.resourceType())
              .setResourceName(e.resourceName())
              .build());
    }
    if (failure instanceof FailedPreconditionException e) {
      PreconditionFailure.Violation violation =
          PreconditionFailure.Violation.newBuilder()
              .setType(e.reason().name())
              .setSubject(e.subject())
              .setDescription(String.valueOf(e.getMessage()))
              .build();
      return build(
          Code.FAILED_PRECONDITION,
          e.reason().name(),
          e,
          requestId,
          PreconditionFailure.newBuilder().addViolations(violation).build());
    }
    if (failure instanceof OverloadedException e) {
      return build(Code.RESOURCE_EXHAUSTED, "OVERLOADED", e, requestId, retryAfter(e.retryAfter()));
    }
    if (failure instanceof UnavailableException) {
      return build(
          Code.UNAVAILABLE, "UNAVAILABLE", failure, requestId, retryAfter(UNAVAILABLE_RETRY));
    }
    if (failure instanceof DeadlineExceededException) {
      return build(Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", failure, requestId);
    }
    return build(Code.INTERNAL, "INTERNAL", failure, requestId);
  }

  private static StatusRuntimeException build(
      Code code, String reason, GatewayException failure, String requestId, Message... details) {
    Status.Builder status =
        Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(String.valueOf(failure.getMessage()))
            .addDetails(
                Any.pack(ErrorInfo.newBuilder().setReason(reason).setDomain(DOMAIN).build()))
            .addDetails(Any.pack(RequestInfo.newBuilder().setRequestId(requestId).build()));
    for (Message detail : details) {
      status.addDetails(Any.pack(detail));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  private static RetryInfo retryAfter(java.time.Duration delay) {
    return RetryInfo.newBuilder()
        .setRetryDelay(
            Duration.newBuilder().setSeconds(delay.getSeconds()).setNanos(delay.getNano()))
        .build();
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
