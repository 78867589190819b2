package io.mt2kd.gateway.grpc;

import static java.util.Objects.requireNonNull;

import io.grpc.stub.StreamObserver;
import io.mt2kd.gateway.core.analysis.Analysis;
import io.mt2kd.gateway.core.analysis.AnalysisRequest;
import io.mt2kd.gateway.core.analysis.Analyzer;
import io.mt2kd.v1.TagAudioRequest;
import io.mt2kd.v1.TagAudioResponse;
import io.mt2kd.v1.TaggingServiceGrpc.TaggingServiceImplBase;

/** What else was heard: the analysis with its task fixed. */
final class TaggingGrpcService extends TaggingServiceImplBase {
  private final UnaryCalls calls;
  private final Analyzer analyzer;

  TaggingGrpcService(UnaryCalls calls, Analyzer analyzer) {
    this.calls = calls;
    this.analyzer = analyzer;
  }

  @Override
  public void tagAudio(TagAudioRequest request, StreamObserver<TagAudioResponse> observer) {
    calls.answer(
        request.getRequestId(),
        observer,
        call ->
            analyzer
                .analyze(
                    call,
                    AnalysisRequest.tagging(
                        Requests.audio(request.hasAudio(), request.getAudio()),
                        Requests.tagChoice("options", request.getOptions())))
                .thenApply(TaggingGrpcService::reply));
  }

  private static TagAudioResponse reply(Analysis analysis) {
    return TagAudioResponse.newBuilder()
        .setTags(Replies.tags(requireNonNull(analysis.tags(), "tags")))
        .setReceipt(Replies.receipt(analysis.receipt()))
        .build();
  }
}
