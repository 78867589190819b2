package io.mt2kd.client;

import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The gateway sheds load or the request is over a limit (RESOURCE_EXHAUSTED). */
public final class OverloadedException extends Mt2kdException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryAfter;

  /** Made by the client; public so that users' own fakes can fail alike. */
  public OverloadedException(
      String message, @Nullable Duration retryAfter, String requestId, @Nullable Throwable cause) {
    super(Status.Code.RESOURCE_EXHAUSTED, message, requestId, cause);
    this.retryAfter = retryAfter;
  }

  /**
   * When to try again, as the gateway says; empty where repeating will not help (a message that is
   * too large).
   */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
