package io.mt2kd.gateway.telemetry.metrics;

import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** How an utterance or a batch ended; in small letters the label {@code outcome}. */
enum Outcome {
  /** The backend answered. */
  ANSWERED(true),
  /** No replica was there. */
  UNAVAILABLE(true),
  /** Those that were there had as many calls as they may. */
  OVERLOADED(true),
  /** The backend failed on it. A batch of several then runs again, each member alone. */
  FAILED(true),
  /** The answer would have come after the deadline. */
  LATE(false),
  /** The caller gave up before it left the queue, or before it was answered. */
  WITHDRAWN(false);

  final boolean ofBatches;

  Outcome(boolean ofBatches) {
    this.ofBatches = ofBatches;
  }

  static Outcome of(@Nullable Throwable failure) {
    if (failure == null) {
      return ANSWERED;
    }
    if (failure instanceof UnavailableException) {
      return UNAVAILABLE;
    }
    if (failure instanceof OverloadedException) {
      return OVERLOADED;
    }
    if (failure instanceof DeadlineExceededException) {
      return LATE;
    }
    return failure instanceof CancellationException ? WITHDRAWN : FAILED;
  }
}
