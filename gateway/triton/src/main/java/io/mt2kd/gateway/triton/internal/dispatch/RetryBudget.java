package io.mt2kd.gateway.triton.internal.dispatch;

import java.util.function.LongSupplier;

/**
 * Bounds what fail-over adds to the load: where everything fails, trying everything twice would
 * make it worse.
 *
 * <pre>
 * tokens ≤ 100, full at the start
 * each call                 + 0.2
 * each second               + 10
 * each retry                − 1, and none without a whole one
 * </pre>
 *
 * So a replica that dies with up to a hundred calls under way costs none of them, and in the long
 * run there is one retry in five calls, besides a few a second where there are few calls.
 * Thread-safe.
 */
final class RetryBudget {
  // In billionths of a token, so that all sums are exact.
  private static final long TOKEN = 1_000_000_000;
  private static final long MOST = 100 * TOKEN;
  private static final long EACH_CALL = TOKEN / 5;
  private static final long EACH_NANOSECOND = 10;

  private final LongSupplier ticker;
  // Guarded by this.
  private long tokens = MOST;
  private long filledNanos;

  RetryBudget(LongSupplier ticker) {
    this.ticker = ticker;
    this.filledNanos = ticker.getAsLong();
  }

  synchronized void called() {
    tokens = Math.min(MOST, tokens + EACH_CALL);
  }

  /** What is left, as a share of all there can be. */
  synchronized double level() {
    fill();
    return (double) tokens / MOST;
  }

  /** Takes a token for one retry, or says that there is none. */
  synchronized boolean tryRetry() {
    fill();
    if (tokens < TOKEN) {
      return false;
    }
    tokens -= TOKEN;
    return true;
  }

  // Hold this.
  private void fill() {
    long now = ticker.getAsLong();
    // Anything longer than the time to fill it up fills it up; capped, it cannot overflow.
    long passed = Math.min(MOST, now - filledNanos);
    tokens = Math.min(MOST, tokens + passed * EACH_NANOSECOND);
    filledNanos = now;
  }
}
