package io.mt2kd.gateway.grpc;

import io.grpc.stub.StreamObserver;
import io.mt2kd.gateway.core.analysis.Call;
import io.mt2kd.gateway.core.analysis.SpeakerRecognizer;
import io.mt2kd.gateway.core.analysis.SpeakerRecognizer.Receipted;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory.Enrolled;
import io.mt2kd.gateway.core.speaker.SpeakerId;
import io.mt2kd.v1.DeleteSpeakerRequest;
import io.mt2kd.v1.DeleteSpeakerResponse;
import io.mt2kd.v1.EnrollSpeakerRequest;
import io.mt2kd.v1.EnrollSpeakerResponse;
import io.mt2kd.v1.GetSpeakerRequest;
import io.mt2kd.v1.GetSpeakerResponse;
import io.mt2kd.v1.IdentifySpeakerRequest;
import io.mt2kd.v1.IdentifySpeakerResponse;
import io.mt2kd.v1.ListSpeakersRequest;
import io.mt2kd.v1.ListSpeakersResponse;
import io.mt2kd.v1.Speaker;
import io.mt2kd.v1.SpeakerServiceGrpc.SpeakerServiceImplBase;
import io.mt2kd.v1.VerifySpeakerRequest;
import io.mt2kd.v1.VerifySpeakerResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Who spoke. */
final class SpeakerGrpcService extends SpeakerServiceImplBase {
  private final UnaryCalls calls;
  private final SpeakerRecognizer recognizer;
  private final SpeakerDirectory speakers;
  private final Executor workers;

  /**
   * @param workers for what blocks on the store
   */
  SpeakerGrpcService(
      UnaryCalls calls, SpeakerRecognizer recognizer, SpeakerDirectory speakers, Executor workers) {
    this.calls = calls;
    this.recognizer = recognizer;
    this.speakers = speakers;
    this.workers = workers;
  }

  @Override
  public void enrollSpeaker(
      EnrollSpeakerRequest request, StreamObserver<EnrollSpeakerResponse> observer) {
    calls.answer(
        request.getRequestId(),
        observer,
        call ->
            recognizer
                .enroll(
                    call,
                    new SpeakerId(request.getSpeakerId()),
                    Requests.displayName(request.getDisplayName()),
                    Requests.recordings(request.getRecordingsList()))
                .thenApply(this::enrolled));
  }

  @Override
  public void verifySpeaker(
      VerifySpeakerRequest request, StreamObserver<VerifySpeakerResponse> observer) {
    calls.answer(
        request.getRequestId(),
        observer,
        call ->
            recognizer
                .verify(
                    call,
                    SpeakerId.ofName(request.getName()),
                    Requests.recordings(request.getRecordingsList()),
                    Requests.falseAcceptRate(request.getFalseAcceptRate()))
                .thenApply(
                    verified ->
                        VerifySpeakerResponse.newBuilder()
                            .setDecision(Replies.decision(verified.answer().decision()))
                            .setLogLikelihoodRatio((float) verified.answer().logLikelihoodRatio())
                            .setThreshold((float) verified.answer().threshold())
                            .setReceipt(Replies.receipt(verified.receipt()))
                            .build()));
  }

  @Override
  public void identifySpeaker(
      IdentifySpeakerRequest request, StreamObserver<IdentifySpeakerResponse> observer) {
    calls.answer(
        request.getRequestId(),
        observer,
        call ->
            recognizer
                .identify(
                    call,
                    Requests.recordings(request.getRecordingsList()),
                    Requests.identificationChoice("options", request.getOptions()))
                .thenApply(
                    identified ->
                        IdentifySpeakerResponse.newBuilder()
                            .setSpeaker(Replies.identification(identified.answer()))
                            .setReceipt(Replies.receipt(identified.receipt()))
                            .build()));
  }

  @Override
  public void getSpeaker(GetSpeakerRequest request, StreamObserver<GetSpeakerResponse> observer) {
    onWorkers(
        observer,
        call -> {
          SpeakerId id = SpeakerId.ofName(request.getName());
          return () ->
              GetSpeakerResponse.newBuilder()
                  .setSpeaker(message(speakers.get(call.tenant(), id)))
                  .build();
        });
  }

  @Override
  public void listSpeakers(
      ListSpeakersRequest request, StreamObserver<ListSpeakersResponse> observer) {
    onWorkers(
        observer,
        call -> {
          Page page = Page.of(request.getPageSize(), request.getPageToken());
          return () -> {
            List<io.mt2kd.gateway.core.speaker.Speaker> found =
                speakers.list(call.tenant(), page.after(), page.size() + 1);
            ListSpeakersResponse.Builder reply = ListSpeakersResponse.newBuilder();
            found.stream().limit(page.size()).map(this::message).forEach(reply::addSpeakers);
            if (found.size() > page.size()) {
              reply.setNextPageToken(Page.token(found.get(page.size() - 1).id().value()));
            }
            return reply.build();
          };
        });
  }

  @Override
  public void deleteSpeaker(
      DeleteSpeakerRequest request, StreamObserver<DeleteSpeakerResponse> observer) {
    onWorkers(
        observer,
        call -> {
          SpeakerId id = SpeakerId.ofName(request.getName());
          return () ->
              DeleteSpeakerResponse.newBuilder()
                  .setErasedReferenceCount(speakers.delete(call.tenant(), id).references().size())
                  .build();
        });
  }

  /** What a call has to do, made from its validated request. */
  private interface StoreWork<A> {
    Supplier<A> prepare(Call call);
  }

  private <A> void onWorkers(StreamObserver<A> observer, StoreWork<A> work) {
    calls.answer(
        "",
        observer,
        call -> {
          Supplier<A> prepared = work.prepare(call);
          return CompletableFuture.supplyAsync(
              () -> {
                // The caller may have gone while this waited for a worker.
                call.requireAwaited();
                return prepared.get();
              },
              workers);
        });
  }

  private EnrollSpeakerResponse enrolled(Receipted<Enrolled> enrolled) {
    return EnrollSpeakerResponse.newBuilder()
        .setSpeaker(message(enrolled.answer().speaker()))
        .setMissingSpeechDuration(
            Replies.duration(speakers.missingSpeech(enrolled.answer().speaker())))
        .setCohesion((float) enrolled.answer().cohesion())
        .setReceipt(Replies.receipt(enrolled.receipt()))
        .build();
  }

  private Speaker message(io.mt2kd.gateway.core.speaker.Speaker speaker) {
    return Replies.speaker(speaker, speakers.missingSpeech(speaker).isZero());
  }
}
