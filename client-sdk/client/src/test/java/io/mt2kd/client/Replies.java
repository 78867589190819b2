package io.mt2kd.client;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.mt2kd.v1.Decision;
import io.mt2kd.v1.EnrollSpeakerResponse;
import io.mt2kd.v1.GetSpeakerResponse;
import io.mt2kd.v1.Speaker;
import io.mt2kd.v1.VerifySpeakerResponse;

/** What gateways say. */
final class Replies {
  static final Speaker ALICE =
      Speaker.newBuilder()
          .setName("speakers/alice")
          .setUid("u-1")
          .setDisplayName("Alice")
          .setState(Speaker.State.STATE_ENROLLED)
          .setReferenceCount(2)
          .setSpeechDuration(Duration.newBuilder().setSeconds(9))
          .setModelFingerprint("sha256:ab")
          .build();

  private Replies() {}

  /** The smallest reply of that type that a client may take for an answer. */
  static Message minimal(Message prototype) {
    if (prototype instanceof VerifySpeakerResponse) {
      return VerifySpeakerResponse.newBuilder().setDecision(Decision.DECISION_REJECT).build();
    }
    if (prototype instanceof GetSpeakerResponse) {
      return GetSpeakerResponse.newBuilder().setSpeaker(ALICE).build();
    }
    if (prototype instanceof EnrollSpeakerResponse) {
      return EnrollSpeakerResponse.newBuilder().setSpeaker(ALICE).build();
    }
    return prototype;
  }

  static StatusRuntimeException shed(java.time.Duration retryAfter) {
    return shed(retryAfter.getSeconds(), retryAfter.getNano());
  }

  static StatusRuntimeException shed(long seconds, int nanos) {
    return withDetail(
        Status.RESOURCE_EXHAUSTED,
        "queue: 61 s of audio (expected: <= 60 s)",
        RetryInfo.newBuilder()
            .setRetryDelay(Duration.newBuilder().setSeconds(seconds).setNanos(nanos))
            .build());
  }

  static StatusRuntimeException invalid(String field, String description) {
    return withDetail(
        Status.INVALID_ARGUMENT,
        field + ": " + description,
        BadRequest.newBuilder()
            .addFieldViolations(
                BadRequest.FieldViolation.newBuilder().setField(field).setDescription(description))
            .build());
  }

  static StatusRuntimeException precondition(String type, String subject, String description) {
    return withDetail(
        Status.FAILED_PRECONDITION,
        description,
        PreconditionFailure.newBuilder()
            .addViolations(
                PreconditionFailure.Violation.newBuilder()
                    .setType(type)
                    .setSubject(subject)
                    .setDescription(description))
            .build());
  }

  static StatusRuntimeException numbered(String requestId) {
    return withDetail(
        Status.INTERNAL,
        "internal error",
        RequestInfo.newBuilder().setRequestId(requestId).build());
  }

  private static StatusRuntimeException withDetail(Status status, String message, Message detail) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(status.getCode().value())
            .setMessage(message)
            .addDetails(Any.pack(detail))
            .build());
  }
}
