package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What is known of a call before its body is read.
 *
 * @param requestId the caller's or one we made
 * @param tenant on whose behalf
 * @param startNanos when the request was complete, by {@code ticker}
 * @param ticker nanoseconds of a clock that never goes back
 * @param abandoned whether nobody waits for the answer any more: deadline, cancel or lost
 *     connection
 */
public record Call(
    String requestId,
    TenantId tenant,
    long startNanos,
    LongSupplier ticker,
    BooleanSupplier abandoned) {

  /** A call that starts now. */
  public static Call starting(
      String requestId, TenantId tenant, LongSupplier ticker, BooleanSupplier abandoned) {
    return new Call(requestId, tenant, ticker.getAsLong(), ticker, abandoned);
  }

  /** Time since the start. */
  public Duration elapsed() {
    return Duration.ofNanos(ticker.getAsLong() - startNanos);
  }

  /**
   * Stops here when nobody waits for the answer any more, before more work is put into it.
   *
   * @throws DeadlineExceededException then
   */
  public void requireAwaited() {
    if (abandoned.getAsBoolean()) {
      throw new DeadlineExceededException("the caller stopped waiting");
    }
  }
}
