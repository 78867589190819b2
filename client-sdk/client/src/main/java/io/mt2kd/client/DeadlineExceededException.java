package io.mt2kd.client;

import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * The answer did not come within the timeout (DEADLINE_EXCEEDED). An enrollment or deletion may
 * have been done all the same.
 */
public final class DeadlineExceededException extends Mt2kdException {
  private static final long serialVersionUID = 1L;

  /** Made by the client; public so that users' own fakes can fail alike. */
  public DeadlineExceededException(String message, String requestId, @Nullable Throwable cause) {
    super(Status.Code.DEADLINE_EXCEEDED, message, requestId, cause);
  }
}
