package io.mt2kd.gateway.core.inference;

import io.mt2kd.gateway.core.failure.InternalException;
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
   * Runs one batch. The future ends with {@link UnavailableException} when no backend can answer
   * and with {@link InternalException} when the backend fails on it. Giving up on the future does
   * not stop the backend: cancelling a request that is under way has been seen to kill the server.
   */
  CompletableFuture<BatchOutput> infer(UtteranceBatch batch);

  /** Replicas among which batches are shared now, at least one. */
  default int replicas() {
    return 1;
  }

  @Override
  void close();
}
