package io.mt2kd.gateway.triton.internal.protocol;

import io.grpc.Status;
import io.grpc.StatusException;

/**
 * Ends a call whose connection said nothing any more, after the server had answered on another one.
 * It is no word against the server.
 */
public final class ConnectionLeftException extends StatusException {
  private static final long serialVersionUID = 1L;

  public ConnectionLeftException() {
    super(Status.UNAVAILABLE.withDescription("its connection is silent, and a new one is not"));
  }
}
