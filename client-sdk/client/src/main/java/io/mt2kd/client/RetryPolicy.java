package io.mt2kd.client;

import java.time.Duration;

/**
 * How often and when a call that may be repeated without harm is repeated.
 *
 * <p>Delay before attempt n+1 is {@code initialBackoff * 2^(n-1)}, at most {@code maxBackoff},
 * times a random factor in [0.5, 1]; never less than the gateway asks for in RetryInfo. A delay
 * that the deadline does not leave room for is not begun: the call fails at once with the error it
 * has.
 *
 * @param maxAttempts attempts in all, the first included, >= 1; 1 switches repetition off
 * @param initialBackoff positive
 * @param maxBackoff at least {@code initialBackoff}
 */
public record RetryPolicy(int maxAttempts, Duration initialBackoff, Duration maxBackoff) {
  /** Attempts of {@link #DEFAULT}. */
  public static final int DEFAULT_MAX_ATTEMPTS = 5;

  /** First delay of {@link #DEFAULT}. */
  public static final Duration DEFAULT_INITIAL_BACKOFF = Duration.ofMillis(100);

  /** Longest delay of {@link #DEFAULT}. */
  public static final Duration DEFAULT_MAX_BACKOFF = Duration.ofSeconds(5);

  /** Five attempts within about a second and a half. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(DEFAULT_MAX_ATTEMPTS, DEFAULT_INITIAL_BACKOFF, DEFAULT_MAX_BACKOFF);

  /** Every call is tried once. */
  public static final RetryPolicy NONE =
      new RetryPolicy(1, DEFAULT_INITIAL_BACKOFF, DEFAULT_MAX_BACKOFF);

  /** Checks the ranges. */
  public RetryPolicy {
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("maxAttempts: " + maxAttempts + " (expected: >= 1)");
    }
    if (initialBackoff.isNegative() || initialBackoff.isZero()) {
      throw new IllegalArgumentException("initialBackoff: " + initialBackoff + " (expected: > 0)");
    }
    if (maxBackoff.compareTo(initialBackoff) < 0) {
      throw new IllegalArgumentException(
          "maxBackoff: " + maxBackoff + " (expected: >= " + initialBackoff + ")");
    }
  }
}
