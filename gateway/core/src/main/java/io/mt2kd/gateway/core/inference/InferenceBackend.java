package io.mt2kd.gateway.core.inference;

import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.util.concurrent.CompletableFuture;

/** Port: whoever runs the model. Implementations are safe for concurrent use. */
public interface InferenceBackend extends AutoCloseable {
  /**
   * The model that is served now.
   *
   * @throws UnavailableException while no backend has answered
   */
  ServedModel model();

  /**
   * Runs one batch. The future ends with {@link UnavailableException} when no backend can answer,
   * with {@link OverloadedException} when those that can have as many calls as they may, and with
   * {@link InternalException} when the backend fails on it. Cancelling the future does not stop the
   * backend, unless {@link #stopsWhenCancelled} says so.
   */
  CompletableFuture<BatchOutput> infer(UtteranceBatch batch);

  /**
   * Whether cancelling a batch stops the work on it. Else it goes on and takes its time, whether or
   * not anybody waits: cancelling a request that is under way has been seen to kill the server.
   */
  default boolean stopsWhenCancelled() {
    return false;
  }

  /** Replicas among which batches are shared now, at least one. */
  default int replicas() {
    return 1;
  }

  @Override
  void close();
}
