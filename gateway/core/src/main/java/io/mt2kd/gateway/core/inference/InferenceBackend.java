package io.mt2kd.gateway.core.inference;

import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.util.List;
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
   *
   * @param placement asked where the batch should not go, and told where it goes
   */
  CompletableFuture<BatchOutput> infer(UtteranceBatch batch, Placement placement);

  /** Runs one batch wherever there is room. */
  default CompletableFuture<BatchOutput> infer(UtteranceBatch batch) {
    return infer(batch, Placement.ANYWHERE);
  }

  /**
   * Whether cancelling a batch stops the work on it. Else it goes on and takes its time, whether or
   * not anybody waits: cancelling a request that is under way has been seen to kill the server.
   */
  default boolean stopsWhenCancelled() {
    return false;
  }

  /**
   * Names of the replicas among which batches are shared now, as {@link ServedModel#replica} says
   * them; empty while there is none. The same list as long as nothing has changed.
   */
  List<String> replicas();

  @Override
  void close();
}
