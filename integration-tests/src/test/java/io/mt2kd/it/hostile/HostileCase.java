package io.mt2kd.it.hostile;

import com.google.protobuf.Message;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.AnalyzeRequest;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.RecognizeRequest;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.SpeakerServiceGrpc.SpeakerServiceBlockingStub;
import java.util.function.Function;

/**
 * A request and the refusal that it must meet.
 *
 * @param code of the status
 * @param field that the refusal names; empty where it is about no field
 * @param expected part of the range or form that the refusal says would do
 */
record HostileCase(
    String name, Function<Channel, Message> call, Status.Code code, String field, String expected) {
  private static final Metadata.Key<String> TENANT =
      Metadata.Key.of("mt2kd-tenant", Metadata.ASCII_STRING_MARSHALLER);

  /** A recording that cannot be served. */
  static HostileCase recording(String name, Audio.Builder audio, String field, String expected) {
    return new HostileCase(
        name,
        channel ->
            RecognitionServiceGrpc.newBlockingStub(channel)
                .recognize(RecognizeRequest.newBuilder().setAudio(audio).build()),
        Status.Code.INVALID_ARGUMENT,
        "audio" + (field.isEmpty() ? "" : "." + field),
        expected);
  }

  /** An Analyze that cannot be served. */
  static HostileCase analyze(
      String name, AnalyzeRequest.Builder request, String field, String expected) {
    return new HostileCase(
        name,
        channel -> AnalysisServiceGrpc.newBlockingStub(channel).analyze(request.build()),
        Status.Code.INVALID_ARGUMENT,
        field,
        expected);
  }

  /** A call about speakers that cannot be served. */
  static HostileCase speaker(
      String name,
      Function<SpeakerServiceBlockingStub, Message> call,
      String field,
      String expected) {
    return new HostileCase(
        name,
        channel -> call.apply(SpeakerServiceGrpc.newBlockingStub(channel)),
        Status.Code.INVALID_ARGUMENT,
        field,
        expected);
  }

  /** The same, refused with another code, about no field. */
  HostileCase with(Status.Code other) {
    return new HostileCase(name, call, other, "", "");
  }

  /** The same, made by another tenant. */
  HostileCase by(String tenant) {
    Metadata headers = new Metadata();
    headers.put(TENANT, tenant);
    return new HostileCase(
        name,
        channel ->
            call.apply(
                ClientInterceptors.intercept(
                    channel, MetadataUtils.newAttachHeadersInterceptor(headers))),
        code,
        field,
        expected);
  }

  @Override
  public String toString() {
    return name;
  }
}
