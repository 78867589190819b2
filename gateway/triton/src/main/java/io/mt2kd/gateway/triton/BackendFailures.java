package io.mt2kd.gateway.triton;

import io.grpc.Status;
import io.mt2kd.gateway.core.failure.GatewayException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.UnavailableException;

/**
 * The one place where a model server's statuses become failures of ours. Its words go to the log
 * with the cause: they name paths of the server.
 *
 * <ul>
 *   <li>UNAVAILABLE (queue full, stopping, gone), NOT_FOUND (the model is not loaded),
 *       DEADLINE_EXCEEDED (our safety limit), CANCELLED, RESOURCE_EXHAUSTED: nobody answers now.
 *   <li>All others: it failed on this batch.
 * </ul>
 */
final class BackendFailures {
  private BackendFailures() {}

  static GatewayException of(Throwable failure) {
    if (failure instanceof GatewayException known) {
      return known;
    }
    return switch (Status.fromThrowable(failure).getCode()) {
      case UNAVAILABLE, NOT_FOUND, DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED ->
          new UnavailableException("the model server does not answer", failure);
      default -> new InternalException("the model server failed on this request", failure);
    };
  }
}
