package io.mt2kd.gateway.triton.internal.protocol;

import io.grpc.Status;
import io.mt2kd.gateway.core.failure.GatewayException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.io.IOException;

/**
 * The one place where a model server's statuses become failures of ours. Its words go to the log
 * with the cause: they name paths of the server.
 *
 * <ul>
 *   <li>UNAVAILABLE (queue full, stopping, gone), NOT_FOUND (the model is not loaded),
 *       DEADLINE_EXCEEDED (our safety limit), CANCELLED, RESOURCE_EXHAUSTED, a connection that
 *       broke under the call: nobody answers now.
 *   <li>All others: it failed on this batch.
 * </ul>
 */
public final class BackendFailures {
  private BackendFailures() {}

  public static GatewayException of(Throwable failure) {
    if (failure instanceof GatewayException known) {
      return known;
    }
    boolean nobodyAnswers =
        isConnectionLost(failure)
            || switch (Status.fromThrowable(failure).getCode()) {
              case UNAVAILABLE, NOT_FOUND, DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED -> true;
              default -> false;
            };
    return nobodyAnswers
        ? new UnavailableException("the model server does not answer", failure)
        : new InternalException("the model server failed on this request", failure);
  }

  /**
   * Whether the connection broke, whatever the code says: gRPC calls it UNAVAILABLE, but UNKNOWN
   * ("channel closed") where the request was just being written. A status that the server sent
   * never has an {@link IOException} for a cause.
   */
  public static boolean isConnectionLost(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException) {
        return true;
      }
    }
    return false;
  }
}
