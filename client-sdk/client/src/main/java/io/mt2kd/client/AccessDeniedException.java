package io.mt2kd.client;

import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * The gateway does not know the caller or does not allow the call (UNAUTHENTICATED,
 * PERMISSION_DENIED).
 */
public final class AccessDeniedException extends Mt2kdException {
  private static final long serialVersionUID = 1L;

  /** Made by the client; public so that users' own fakes can fail alike. */
  public AccessDeniedException(
      Status.Code code, String message, String requestId, @Nullable Throwable cause) {
    super(code, message, requestId, cause);
  }
}
