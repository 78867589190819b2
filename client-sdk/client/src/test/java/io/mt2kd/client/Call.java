package io.mt2kd.client;

import io.grpc.MethodDescriptor;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.ModelServiceGrpc;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.TaggingServiceGrpc;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Every call that a client can make. */
enum Call {
  ANALYZE(
      true,
      AnalysisServiceGrpc.getAnalyzeMethod(),
      client -> client.async().analyze(AnalyzeRequest.of(clip(), Task.AUDIO_TAGGING))),
  RECOGNIZE(
      true,
      RecognitionServiceGrpc.getRecognizeMethod(),
      client -> client.async().recognize(RecognizeRequest.of(clip()))),
  TAG(
      true,
      TaggingServiceGrpc.getTagAudioMethod(),
      client -> client.async().tag(TagRequest.of(clip()))),
  VERIFY(
      true,
      SpeakerServiceGrpc.getVerifySpeakerMethod(),
      client -> client.async().verify(VerifyRequest.of("alice", clip()))),
  IDENTIFY(
      true,
      SpeakerServiceGrpc.getIdentifySpeakerMethod(),
      client -> client.async().identify(IdentifyRequest.of(clip()))),
  GET_SPEAKER(
      true, SpeakerServiceGrpc.getGetSpeakerMethod(), client -> client.async().getSpeaker("alice")),
  LIST_SPEAKERS(
      true,
      SpeakerServiceGrpc.getListSpeakersMethod(),
      client -> client.async().listSpeakers(ListSpeakersRequest.FIRST_PAGE)),
  GET_MODEL(true, ModelServiceGrpc.getGetModelMethod(), client -> client.async().getModel()),
  ENROLL(
      false,
      SpeakerServiceGrpc.getEnrollSpeakerMethod(),
      client -> client.async().enroll(EnrollRequest.of("alice", clip()))),
  DELETE_SPEAKER(
      false,
      SpeakerServiceGrpc.getDeleteSpeakerMethod(),
      client -> client.async().deleteSpeaker("alice"));

  final boolean onlyAsks;
  final MethodDescriptor<?, ?> method;
  private final Function<Mt2kdClient, CompletableFuture<?>> start;

  Call(
      boolean onlyAsks,
      MethodDescriptor<?, ?> method,
      Function<Mt2kdClient, CompletableFuture<?>> start) {
    this.onlyAsks = onlyAsks;
    this.method = method;
    this.start = start;
  }

  CompletableFuture<?> start(Mt2kdClient client) {
    return start.apply(client);
  }

  static Recording clip() {
    return Recording.pcm16(new short[1600], 16_000);
  }
}
