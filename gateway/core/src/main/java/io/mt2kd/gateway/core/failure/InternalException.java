package io.mt2kd.gateway.core.failure;

import org.jspecify.annotations.Nullable;

/** A fault of ours or of the model server; the cause is for the log, never for the caller. */
public final class InternalException extends GatewayException {
  public InternalException(String message) {
    this(message, null);
  }

  public InternalException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
