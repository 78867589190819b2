package io.mt2kd.gateway.core.failure;

import org.jspecify.annotations.Nullable;

/** The caller's time was spent before there was an answer. */
public final class DeadlineExceededException extends GatewayException {
  public DeadlineExceededException(String message) {
    this(message, null);
  }

  public DeadlineExceededException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
