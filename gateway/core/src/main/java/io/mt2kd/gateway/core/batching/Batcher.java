package io.mt2kd.gateway.core.batching;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.ServedModel;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Gathers utterances of many callers into the batches that the backend runs. Thread-safe. */
public interface Batcher {
  /**
   * Queues one utterance. The future ends as that of {@link
   * io.mt2kd.gateway.core.inference.InferenceBackend#infer}, or with {@link
   * io.mt2kd.gateway.core.failure.DeadlineExceededException} as soon as the answer could only come
   * too late. Cancelling it withdraws the utterance: it does not leave any more; where it has left
   * already, the backend's call goes on.
   *
   * @param model whose limits the waveform is within
   * @param heads that the caller asks for, at least one
   * @param deadlineNanos by the batcher's ticker: when the answer is of no use any more
   */
  CompletableFuture<BatchedUtterance> submit(
      String requestId,
      ServedModel model,
      Waveform waveform,
      Set<Head> heads,
      Priority priority,
      long deadlineNanos);
}
