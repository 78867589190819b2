package io.mt2kd.gateway.triton.internal.dispatch;

import io.grpc.Status;
import io.mt2kd.gateway.triton.internal.protocol.BackendFailures;
import io.mt2kd.gateway.triton.internal.protocol.ConnectionLeftException;
import java.time.Duration;

/**
 * The one place that decides what is sent to another replica. Inference changes nothing, so that
 * running it twice is safe; what counts is whether another replica may do better.
 *
 * <ul>
 *   <li>UNAVAILABLE (connection refused, reset or lost; stopping; queue full), NOT_FOUND (the model
 *       is not loaded there), CANCELLED (a server that stops may drop what it has; whoever gives up
 *       here is not here any more to ask), any code with a broken connection for a cause: it is
 *       about that replica. Retried, elsewhere.
 *   <li>A connection that was left: it is not about the replica, which answers on another one.
 *       Retried, there too.
 *   <li>INVALID_ARGUMENT, INTERNAL, UNKNOWN and the like: it is about the batch, as far as anybody
 *       can tell, and would fail again and hurt another replica on the way. Not retried.
 *   <li>RESOURCE_EXHAUSTED: the message is larger than the limit, everywhere. Not retried.
 *   <li>DEADLINE_EXCEEDED: the time is spent. Not retried.
 * </ul>
 *
 * Never beyond the deadline, never more than {@value #MOST_ATTEMPTS} replicas.
 */
final class RetryDecision {
  static final int MOST_ATTEMPTS = 3;

  private RetryDecision() {}

  /**
   * After a failure.
   *
   * @param attempts so far, the failed one included
   * @param timeLeft until nobody waits for the answer any more
   */
  static boolean mayRetry(Throwable failure, int attempts, Duration timeLeft) {
    return mayMoveOn(attempts, timeLeft)
        && (BackendFailures.isConnectionLost(failure)
            || switch (Status.fromThrowable(failure).getCode()) {
              case UNAVAILABLE, NOT_FOUND, CANCELLED -> true;
              default -> false;
            });
  }

  /** Whether the replica that the failure came from may be asked again. */
  static boolean mayReturn(Throwable failure) {
    return failure instanceof ConnectionLeftException;
  }

  /** While a replica does not answer at all. */
  static boolean mayMoveOn(int attempts, Duration timeLeft) {
    return attempts < MOST_ATTEMPTS && !timeLeft.isNegative() && !timeLeft.isZero();
  }
}
