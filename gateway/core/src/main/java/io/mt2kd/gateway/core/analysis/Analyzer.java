package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.assembly.Tag;
import io.mt2kd.gateway.core.assembly.Transcript;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.gateway.core.speaker.Identification;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Answers any set of questions about a recording from one pass of the encoder. Thread-safe. */
public final class Analyzer {
  private final UtterancePipeline pipeline;
  private final SpeakerDirectory speakers;
  private final ReceiptListener receipts;

  public Analyzer(UtterancePipeline pipeline, SpeakerDirectory speakers, ReceiptListener receipts) {
    this.pipeline = pipeline;
    this.speakers = speakers;
    this.receipts = receipts;
  }

  /** One whose receipts nobody else is told of. */
  public Analyzer(UtterancePipeline pipeline, SpeakerDirectory speakers) {
    this(pipeline, speakers, ReceiptListener.NONE);
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
    Transcript transcript = output.asr() == null ? null : Transcript.of(output.asr(), manifest);
    List<Tag> tags =
        output.tagLogits() == null
            ? null
            : Tag.rank(
                output.tagLogits(), manifest.labels(), manifest::tagThreshold, request.tagChoice());
    Identification identification =
        output.voiceprint() == null
            ? null
            : speakers.identify(
                call.tenant(), output.voiceprint(), manifest, request.identificationChoice());
    // Last: its total is all that was done.
    Receipt receipt = Receipt.of(call, request.heads(), List.of(utterance));
    receipts.issued(call, receipt);
    return new Analysis(transcript, tags, identification, receipt);
  }
}
