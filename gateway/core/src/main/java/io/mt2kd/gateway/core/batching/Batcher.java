package io.mt2kd.gateway.core.batching;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.ServedModel;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Gathers utterances of many callers into the batches that the backend runs. */
public interface Batcher {
  /**
   * Queues one utterance. The future ends as that of {@link
   * io.mt2kd.gateway.core.inference.InferenceBackend#infer}; giving up on it removes the utterance
   * where it has not left yet.
   *
   * @param model whose limits the waveform is within
   * @param heads that the caller asks for, at least one
   */
  CompletableFuture<BatchedUtterance> submit(
      String requestId, ServedModel model, Waveform waveform, Set<Head> heads);
}
