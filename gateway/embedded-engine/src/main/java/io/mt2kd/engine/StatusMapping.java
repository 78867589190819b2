package io.mt2kd.engine;

import io.grpc.Status;
import io.grpc.StatusException;

/** The one place where a failure becomes a gRPC status; the codes are those of a real Triton. */
final class StatusMapping {
  private StatusMapping() {}

  static StatusException toStatus(EngineException failure) {
    return code(failure.kind())
        .toStatus()
        .withDescription(failure.getMessage())
        .withCause(failure)
        .asException();
  }

  private static Status.Code code(EngineException.Kind kind) {
    return switch (kind) {
      case NOT_FOUND -> Status.Code.NOT_FOUND;
      case INVALID_REQUEST -> Status.Code.INVALID_ARGUMENT;
      case UNSUPPORTED -> Status.Code.UNIMPLEMENTED;
      // Triton's answer to a full queue as well: try another replica.
      case OVERLOADED, STOPPING -> Status.Code.UNAVAILABLE;
      case CANCELLED -> Status.Code.CANCELLED;
      case EXECUTION_FAILED -> Status.Code.INTERNAL;
    };
  }
}
