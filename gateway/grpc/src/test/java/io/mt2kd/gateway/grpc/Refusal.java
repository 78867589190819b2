package io.mt2kd.gateway.grpc;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * A status as a caller reads it.
 *
 * @param code of gRPC
 * @param rich with details
 */
record Refusal(Status.Code code, com.google.rpc.Status rich) {
  /** Of the call, which must fail. */
  static Refusal of(ThrowingCallable call) {
    return of(
        requireNonNull(catchThrowableOfType(StatusRuntimeException.class, call), "no failure"));
  }

  static Refusal of(StatusRuntimeException failure) {
    return new Refusal(
        failure.getStatus().getCode(),
        Optional.ofNullable(StatusProto.fromThrowable(failure))
            .orElseGet(com.google.rpc.Status::getDefaultInstance));
  }

  String message() {
    return rich.getMessage();
  }

  String reason() {
    return detail(ErrorInfo.class).getReason();
  }

  String requestId() {
    return detail(RequestInfo.class).getRequestId();
  }

  /** The one violated field, of an INVALID_ARGUMENT. */
  FieldViolation violation() {
    assertThat(code).as(message()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    return detail(BadRequest.class).getFieldViolations(0);
  }

  boolean has(Class<? extends Message> type) {
    return rich.getDetailsList().stream().anyMatch(any -> any.is(type));
  }

  <T extends Message> T detail(Class<T> type) {
    for (Any any : rich.getDetailsList()) {
      if (any.is(type)) {
        try {
          return any.unpack(type);
        } catch (InvalidProtocolBufferException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    throw new AssertionError("no " + type.getSimpleName() + " in " + rich);
  }
}
