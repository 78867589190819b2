package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.assembly.Tag;
import io.mt2kd.gateway.core.assembly.Transcript;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Answers any set of questions about a recording from one pass of the encoder. Thread-safe. */
public final class Analyzer {
  private final UtterancePipeline pipeline;
  private final SpeakerDirectory speakers;

  public Analyzer(UtterancePipeline pipeline, SpeakerDirectory speakers) {
    this.pipeline = pipeline;
    this.speakers = speakers;
  }

  /**
   * The future ends with a {@link io.mt2kd.gateway.core.failure.GatewayException} when there is no
   * answer.
   */
  public CompletableFuture<Analysis> analyze(Call call, AnalysisRequest request) {
    return pipeline
        .hear(call, request.audio(), request.heads())
        .thenApply(utterance -> assemble(call, request, utterance));
  }

  private Analysis assemble(Call call, AnalysisRequest request, HeardUtterance utterance) {
    UtteranceOutput output = utterance.output();
    ModelManifest manifest = utterance.model().manifest();
    return new Analysis(
        output.asr() == null ? null : Transcript.of(output.asr(), manifest),
        output.tagLogits() == null
            ? null
            : Tag.rank(
                output.tagLogits(), manifest.labels(), manifest::tagThreshold, request.tagChoice()),
        output.voiceprint() == null
            ? null
            : speakers.identify(
                call.tenant(), output.voiceprint(), manifest, request.identificationChoice()),
        Receipt.of(call, request.heads(), List.of(utterance)));
  }
}
