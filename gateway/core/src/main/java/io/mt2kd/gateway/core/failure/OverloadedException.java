package io.mt2kd.gateway.core.failure;

import java.time.Duration;

/**
 * Refused at once rather than served too late. It has no stack trace: there are most of them when
 * there is least time, and the message says all.
 */
public final class OverloadedException extends GatewayException {
  private final Duration retryAfter;

  public OverloadedException(String message, Duration retryAfter) {
    super(message, null, false);
    this.retryAfter = retryAfter;
  }

  /** When trying again may make sense. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
