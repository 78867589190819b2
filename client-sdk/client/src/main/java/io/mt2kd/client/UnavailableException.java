package io.mt2kd.client;

import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * No gateway, or no backend behind it, answered (UNAVAILABLE), also not when asked again: try
 * later.
 */
public final class UnavailableException extends Mt2kdException {
  private static final long serialVersionUID = 1L;

  /** Made by the client; public so that users' own fakes can fail alike. */
  public UnavailableException(String message, String requestId, @Nullable Throwable cause) {
    super(Status.Code.UNAVAILABLE, message, requestId, cause);
  }
}
