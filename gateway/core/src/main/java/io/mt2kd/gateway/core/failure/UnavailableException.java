package io.mt2kd.gateway.core.failure;

import org.jspecify.annotations.Nullable;

/** No backend can answer now. The same call may succeed later. */
public final class UnavailableException extends GatewayException {
  public UnavailableException(String message) {
    this(message, null);
  }

  public UnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
