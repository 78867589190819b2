package io.mt2kd.benchmarks.load;

import io.mt2kd.benchmarks.workload.Utterance;
import java.util.concurrent.CompletableFuture;

/** One side of a comparison: how an utterance gets its answers. Thread-safe. */
@FunctionalInterface
public interface Caller {
  /** Fails with an {@link io.grpc.StatusRuntimeException}. */
  CompletableFuture<Reply> call(Utterance utterance);
}
