package io.mt2kd.gateway.grpc;

import static java.util.Objects.requireNonNull;

import io.grpc.stub.StreamObserver;
import io.mt2kd.gateway.core.analysis.AnalysisRequest;
import io.mt2kd.gateway.core.analysis.Analyzer;
import io.mt2kd.gateway.core.assembly.TagChoice;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.speaker.IdentificationChoice;
import io.mt2kd.v1.RecognitionServiceGrpc.RecognitionServiceImplBase;
import io.mt2kd.v1.RecognizeRequest;
import io.mt2kd.v1.RecognizeResponse;
import java.util.Set;

/** What was said: the analysis with its task fixed. */
final class RecognitionGrpcService extends RecognitionServiceImplBase {
  private final UnaryCalls calls;
  private final Analyzer analyzer;

  RecognitionGrpcService(UnaryCalls calls, Analyzer analyzer) {
    this.calls = calls;
    this.analyzer = analyzer;
  }

  @Override
  public void recognize(RecognizeRequest request, StreamObserver<RecognizeResponse> observer) {
    calls.answer(
        request.getRequestId(),
        observer,
        call ->
            analyzer
                .analyze(
                    call,
                    new AnalysisRequest(
                        Requests.audio(request.hasAudio(), request.getAudio()),
                        Set.of(Head.ASR),
                        TagChoice.DEFAULT,
                        IdentificationChoice.DEFAULT))
                .thenApply(
                    analysis ->
                        RecognizeResponse.newBuilder()
                            .setTranscript(
                                Replies.transcript(
                                    requireNonNull(analysis.transcript(), "transcript")))
                            .setReceipt(Replies.receipt(analysis.receipt()))
                            .build()));
  }
}
