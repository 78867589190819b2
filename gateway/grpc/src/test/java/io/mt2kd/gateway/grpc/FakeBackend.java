package io.mt2kd.gateway.grpc;

import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.Placement;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import io.mt2kd.gateway.core.inference.UtteranceOutput.TokenFrames;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.gateway.core.speaker.Voiceprint;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Hears "yes" and a dog in everything; the first sample of a waveform is the direction of its voice
 * in degrees. Ratio = 10 * cosine - 5.
 */
final class FakeBackend implements InferenceBackend {
  static final ModelManifest MANIFEST =
      ModelManifest.parse(
          """
          {"schema": 1, "name": "fake", "version": "0.1.0", "fingerprint": "sha256:aa",
           "sample_rate_hertz": 16000, "minimum_samples": 1600, "maximum_samples": 320000,
           "bucket_seconds": [1, 1.5, 20], "tokens": ["<blk>", "▁yes"], "token_seconds": 0.04,
           "labels": ["dog", "rain"], "embedding_size": 2, "max_batch_size": 8,
           "speaker": {"calibration": {"scale": 10, "offset": -5},
                       "false_accept": [{"rate": 0.1, "log_likelihood_ratio": 0},
                                        {"rate": 0.01, "log_likelihood_ratio": 2}]}}
          """);

  /** What reached the backend. */
  final BlockingQueue<UtteranceBatch> batches = new LinkedBlockingQueue<>();

  static final ServedModel MODEL = new ServedModel(MANIFEST, "fake-server", "9.9", "fake:8001");

  volatile Supplier<ServedModel> model = () -> MODEL;
  volatile Function<UtteranceBatch, CompletableFuture<BatchOutput>> answer =
      batch -> CompletableFuture.completedFuture(hear(batch));

  @Override
  public ServedModel model() {
    return model.get();
  }

  @Override
  public List<String> replicas() {
    return List.of(MODEL.replica());
  }

  @Override
  public CompletableFuture<BatchOutput> infer(UtteranceBatch batch, Placement placement) {
    CompletableFuture<BatchOutput> reply = answer.apply(batch);
    batches.add(batch);
    return reply;
  }

  /** From now on nothing is answered but through the returned future. */
  CompletableFuture<BatchOutput> hold() {
    CompletableFuture<BatchOutput> reply = new CompletableFuture<>();
    answer = batch -> reply;
    return reply;
  }

  static BatchOutput hear(UtteranceBatch batch) {
    return new BatchOutput(
        batch.waveforms().stream()
            .map(
                waveform ->
                    new UtteranceOutput(
                        batch.heads().contains(Head.ASR)
                            ? new TokenFrames(new int[] {0, 1, 0}, new float[] {0, -0.1f, 0})
                            : null,
                        batch.heads().contains(Head.AT) ? new float[] {3, -3} : null,
                        batch.heads().contains(Head.SV) ? voice(waveform.samples().get(0)) : null))
            .toList(),
        MODEL,
        Duration.ofMillis(7));
  }

  private static Voiceprint voice(int degrees) {
    double radians = Math.toRadians(degrees);
    return Voiceprint.of(new float[] {(float) Math.cos(radians), (float) Math.sin(radians)});
  }

  @Override
  public void close() {}
}
