package io.mt2kd.benchmarks.load;

import io.mt2kd.benchmarks.workload.Utterance;
import java.util.concurrent.CompletableFuture;

/** One side of a comparison: how an utterance gets its answers. Thread-safe. */
@FunctionalInterface
public interface Caller {
  /**
   * Makes a call that was due some time ago; where calls have a deadline, it counts from then.
   * Fails with an {@link io.grpc.StatusRuntimeException}.
   *
   * @param lateNanos since it was due
   */
  CompletableFuture<Reply> call(Utterance utterance, long lateNanos);

  /** The same for a call that is due now. */
  default CompletableFuture<Reply> call(Utterance utterance) {
    return call(utterance, 0);
  }
}
