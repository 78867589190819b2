package io.mt2kd.client;

import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * The tenant has no such speaker (NOT_FOUND): enroll it first, or look at the tenant of the call.
 */
public final class NotFoundException extends Mt2kdException {
  private static final long serialVersionUID = 1L;

  /** Made by the client; public so that users' own fakes can fail alike. */
  public NotFoundException(String message, String requestId, @Nullable Throwable cause) {
    super(Status.Code.NOT_FOUND, message, requestId, cause);
  }
}
