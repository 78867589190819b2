package io.mt2kd.gateway.core.batching;

import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.Placement;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import io.mt2kd.gateway.core.inference.UtteranceOutput.TokenFrames;
import io.mt2kd.gateway.core.model.Manifests;
import io.mt2kd.gateway.core.speaker.Voiceprint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Answers a batch when the test says so. What it hears in a waveform is its first sample: the token
 * and the logit.
 */
final class HeldBackend implements InferenceBackend {
  static final ServedModel MODEL = new ServedModel(Manifests.MANIFEST, "fake", "1", "fake:1");

  final List<UtteranceBatch> batches = new ArrayList<>();
  final List<CompletableFuture<BatchOutput>> replies = new ArrayList<>();
  List<String> replicas = List.of(MODEL.replica());
  final List<Placement> placements = new ArrayList<>();
  boolean stopsWhenCancelled;
  Function<UtteranceBatch, CompletableFuture<BatchOutput>> answer =
      batch -> new CompletableFuture<>();

  @Override
  public ServedModel model() {
    return MODEL;
  }

  @Override
  public boolean stopsWhenCancelled() {
    return stopsWhenCancelled;
  }

  @Override
  public List<String> replicas() {
    return replicas;
  }

  @Override
  public CompletableFuture<BatchOutput> infer(UtteranceBatch batch, Placement placement) {
    batches.add(batch);
    placements.add(placement);
    CompletableFuture<BatchOutput> reply = answer.apply(batch);
    replies.add(reply);
    return reply;
  }

  /** Answers the n-th batch. */
  void finish(int index) {
    replies.get(index).complete(hear(batches.get(index)));
  }

  void fail(int index, Throwable failure) {
    replies.get(index).completeExceptionally(failure);
  }

  static BatchOutput hear(UtteranceBatch batch) {
    return new BatchOutput(
        batch.waveforms().stream()
            .map(
                waveform -> {
                  int heard = waveform.samples().get(0);
                  return new UtteranceOutput(
                      batch.heads().contains(Head.ASR)
                          ? new TokenFrames(new int[] {heard}, new float[] {0})
                          : null,
                      batch.heads().contains(Head.AT) ? new float[] {heard} : null,
                      batch.heads().contains(Head.SV) ? Voiceprint.of(new float[] {1, 0}) : null);
                })
            .toList(),
        MODEL,
        Duration.ofMillis(7));
  }

  @Override
  public void close() {}
}
