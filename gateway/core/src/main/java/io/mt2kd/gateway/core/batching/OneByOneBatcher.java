package io.mt2kd.gateway.core.batching;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Every utterance is a batch of its own, padded to its bucket, and leaves at once. */
public final class OneByOneBatcher implements Batcher {
  private final InferenceBackend backend;

  public OneByOneBatcher(InferenceBackend backend) {
    this.backend = backend;
  }

  @Override
  public CompletableFuture<BatchedUtterance> submit(
      String requestId, ServedModel model, Waveform waveform, Set<Head> heads) {
    int bucketSamples = model.manifest().bucketSamples(waveform.sampleCount());
    return backend
        .infer(new UtteranceBatch(requestId, List.of(waveform), bucketSamples, heads))
        .thenApply(output -> alone(output, bucketSamples));
  }

  private static BatchedUtterance alone(BatchOutput output, int bucketSamples) {
    return new BatchedUtterance(
        output.utterances().get(0),
        output.model(),
        1,
        bucketSamples,
        Duration.ZERO,
        output.backendTime());
  }
}
