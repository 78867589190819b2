package io.mt2kd.gateway.grpc;

import io.grpc.stub.StreamObserver;
import io.mt2kd.gateway.core.analysis.Analysis;
import io.mt2kd.gateway.core.analysis.AnalysisRequest;
import io.mt2kd.gateway.core.analysis.Analyzer;
import io.mt2kd.v1.AnalysisServiceGrpc.AnalysisServiceImplBase;
import io.mt2kd.v1.AnalyzeRequest;
import io.mt2kd.v1.AnalyzeResponse;

/** Any set of questions about one recording. */
final class AnalysisGrpcService extends AnalysisServiceImplBase {
  private final UnaryCalls calls;
  private final Analyzer analyzer;

  AnalysisGrpcService(UnaryCalls calls, Analyzer analyzer) {
    this.calls = calls;
    this.analyzer = analyzer;
  }

  @Override
  public void analyze(AnalyzeRequest request, StreamObserver<AnalyzeResponse> observer) {
    calls.answer(
        request.getRequestId(),
        observer,
        call ->
            analyzer
                .analyze(
                    call,
                    new AnalysisRequest(
                        Requests.audio(request.hasAudio(), request.getAudio()),
                        Requests.heads(request.getTasksValueList()),
                        Requests.tagChoice("tag_options", request.getTagOptions()),
                        Requests.identificationChoice(
                            "identification_options", request.getIdentificationOptions())))
                .thenApply(AnalysisGrpcService::reply));
  }

  private static AnalyzeResponse reply(Analysis analysis) {
    AnalyzeResponse.Builder reply =
        AnalyzeResponse.newBuilder().setReceipt(Replies.receipt(analysis.receipt()));
    if (analysis.transcript() != null) {
      reply.setTranscript(Replies.transcript(analysis.transcript()));
    }
    if (analysis.tags() != null) {
      reply.setTags(Replies.tags(analysis.tags()));
    }
    if (analysis.identification() != null) {
      reply.setSpeaker(Replies.identification(analysis.identification()));
    }
    return reply.build();
  }
}
