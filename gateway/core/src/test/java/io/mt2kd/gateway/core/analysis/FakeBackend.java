package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.Placement;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import io.mt2kd.gateway.core.inference.UtteranceOutput.TokenFrames;
import io.mt2kd.gateway.core.model.Manifests;
import io.mt2kd.gateway.core.speaker.Voices;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * Hears "yes" and a dog in everything; the first sample of a waveform is the direction of its voice
 * in degrees.
 */
final class FakeBackend implements InferenceBackend {
  static final ServedModel MODEL = new ServedModel(Manifests.MANIFEST, "fake", "1", "fake:1");

  final List<UtteranceBatch> batches = new CopyOnWriteArrayList<>();
  Function<UtteranceBatch, CompletableFuture<BatchOutput>> answer =
      batch -> CompletableFuture.completedFuture(hear(batch));

  @Override
  public ServedModel model() {
    return MODEL;
  }

  @Override
  public List<String> replicas() {
    return List.of(MODEL.replica());
  }

  @Override
  public CompletableFuture<BatchOutput> infer(UtteranceBatch batch, Placement placement) {
    batches.add(batch);
    return answer.apply(batch);
  }

  static BatchOutput hear(UtteranceBatch batch) {
    List<UtteranceOutput> outputs =
        batch.waveforms().stream()
            .map(
                waveform ->
                    new UtteranceOutput(
                        batch.heads().contains(Head.ASR)
                            ? new TokenFrames(new int[] {0, 1, 0}, new float[] {0, -0.1f, 0})
                            : null,
                        batch.heads().contains(Head.AT) ? new float[] {3, 0, -3} : null,
                        batch.heads().contains(Head.SV)
                            ? Voices.at(waveform.samples().get(0))
                            : null))
            .toList();
    return new BatchOutput(outputs, MODEL, Duration.ofMillis(7));
  }

  @Override
  public void close() {}
}
