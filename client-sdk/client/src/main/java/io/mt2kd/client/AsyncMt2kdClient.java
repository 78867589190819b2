package io.mt2kd.client;

import io.mt2kd.client.internal.CallSettings;
import io.mt2kd.client.internal.RequestMapping;
import io.mt2kd.client.internal.ResultMapping;
import io.mt2kd.client.internal.UnaryCalls;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.DeleteSpeakerRequest;
import io.mt2kd.v1.DeleteSpeakerResponse;
import io.mt2kd.v1.GetModelRequest;
import io.mt2kd.v1.GetSpeakerRequest;
import io.mt2kd.v1.ModelServiceGrpc;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.TaggingServiceGrpc;
import java.util.concurrent.CompletableFuture;

/**
 * The calls of {@link Mt2kdClient} without waiting.
 *
 * <p>A future fails with an {@link Mt2kdException}, or with {@link IllegalStateException} once the
 * client is closed. Cancelling the future that a method returned cancels its call; cancelling one
 * derived from it does not. Dependent stages run on gRPC's threads unless they name an executor: do
 * not block in them.
 *
 * <p>Thread-safe.
 */
public final class AsyncMt2kdClient {
  private static final String NO_REQUEST_ID = "";

  private final UnaryCalls calls;
  private final CallSettings settings;

  AsyncMt2kdClient(UnaryCalls calls, CallSettings settings) {
    this.calls = calls;
    this.settings = settings;
  }

  /** As {@link Mt2kdClient#analyze(AnalyzeRequest)}. */
  public CompletableFuture<Analysis> analyze(AnalyzeRequest request) {
    var message = RequestMapping.analyze(request);
    return calls.start(
        AnalysisServiceGrpc.getAnalyzeMethod(),
        message,
        message.getRequestId(),
        ResultMapping::analysis,
        settings);
  }

  /** As {@link Mt2kdClient#recognize}. */
  public CompletableFuture<Recognition> recognize(RecognizeRequest request) {
    var message = RequestMapping.recognize(request);
    return calls.start(
        RecognitionServiceGrpc.getRecognizeMethod(),
        message,
        message.getRequestId(),
        ResultMapping::recognition,
        settings);
  }

  /** As {@link Mt2kdClient#tag}. */
  public CompletableFuture<Tagging> tag(TagRequest request) {
    var message = RequestMapping.tag(request);
    return calls.start(
        TaggingServiceGrpc.getTagAudioMethod(),
        message,
        message.getRequestId(),
        ResultMapping::tagging,
        settings);
  }

  /** As {@link Mt2kdClient#enroll}. */
  public CompletableFuture<Enrollment> enroll(EnrollRequest request) {
    var message = RequestMapping.enroll(request);
    return calls.start(
        SpeakerServiceGrpc.getEnrollSpeakerMethod(),
        message,
        message.getRequestId(),
        ResultMapping::enrollment,
        settings);
  }

  /** As {@link Mt2kdClient#verify}. */
  public CompletableFuture<Verification> verify(VerifyRequest request) {
    var message = RequestMapping.verify(request);
    return calls.start(
        SpeakerServiceGrpc.getVerifySpeakerMethod(),
        message,
        message.getRequestId(),
        ResultMapping::verification,
        settings);
  }

  /** As {@link Mt2kdClient#identify}. */
  public CompletableFuture<Identification> identify(IdentifyRequest request) {
    var message = RequestMapping.identify(request);
    return calls.start(
        SpeakerServiceGrpc.getIdentifySpeakerMethod(),
        message,
        message.getRequestId(),
        ResultMapping::identification,
        settings);
  }

  /** As {@link Mt2kdClient#getSpeaker}. */
  public CompletableFuture<SpeakerProfile> getSpeaker(String speakerId) {
    return calls.start(
        SpeakerServiceGrpc.getGetSpeakerMethod(),
        GetSpeakerRequest.newBuilder().setName(RequestMapping.speakerName(speakerId)).build(),
        NO_REQUEST_ID,
        reply -> ResultMapping.profile(reply.getSpeaker()),
        settings);
  }

  /** As {@link Mt2kdClient#listSpeakers}. */
  public CompletableFuture<SpeakerPage> listSpeakers(ListSpeakersRequest request) {
    return calls.start(
        SpeakerServiceGrpc.getListSpeakersMethod(),
        io.mt2kd.v1.ListSpeakersRequest.newBuilder()
            .setPageSize(request.pageSize())
            .setPageToken(request.pageToken())
            .build(),
        NO_REQUEST_ID,
        ResultMapping::page,
        settings);
  }

  /** As {@link Mt2kdClient#deleteSpeaker}. */
  public CompletableFuture<Integer> deleteSpeaker(String speakerId) {
    return calls.start(
        SpeakerServiceGrpc.getDeleteSpeakerMethod(),
        DeleteSpeakerRequest.newBuilder().setName(RequestMapping.speakerName(speakerId)).build(),
        NO_REQUEST_ID,
        DeleteSpeakerResponse::getErasedReferenceCount,
        settings);
  }

  /** As {@link Mt2kdClient#getModel}. */
  public CompletableFuture<ModelInfo> getModel() {
    return calls.start(
        ModelServiceGrpc.getGetModelMethod(),
        GetModelRequest.getDefaultInstance(),
        NO_REQUEST_ID,
        ResultMapping::model,
        settings);
  }
}
