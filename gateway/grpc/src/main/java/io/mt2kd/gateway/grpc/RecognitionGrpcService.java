package io.mt2kd.gateway.grpc;

import static java.util.Objects.requireNonNull;

import io.grpc.stub.StreamObserver;
import io.mt2kd.gateway.core.analysis.Analysis;
import io.mt2kd.gateway.core.analysis.AnalysisRequest;
import io.mt2kd.gateway.core.analysis.Analyzer;
import io.mt2kd.v1.RecognitionServiceGrpc.RecognitionServiceImplBase;
import io.mt2kd.v1.RecognizeRequest;
import io.mt2kd.v1.RecognizeResponse;

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
                    AnalysisRequest.recognition(
                        Requests.audio(request.hasAudio(), request.getAudio())))
                .thenApply(RecognitionGrpcService::reply));
  }

  private static RecognizeResponse reply(Analysis analysis) {
    return RecognizeResponse.newBuilder()
        .setTranscript(Replies.transcript(requireNonNull(analysis.transcript(), "transcript")))
        .setReceipt(Replies.receipt(analysis.receipt()))
        .build();
  }
}
