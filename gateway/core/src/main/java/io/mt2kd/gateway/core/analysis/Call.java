package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * What is known of a call before its body is read.
 *
 * @param requestId the caller's or one we made
 * @param tenant on whose behalf
 * @param priority how soon the answer is wanted
 * @param startNanos when the request was complete, by {@code ticker}
 * @param deadlineNanos when the answer is of no use any more, by {@code ticker}
 * @param ticker nanoseconds of a clock that never goes back
 * @param abandoned completed as soon as nobody waits for the answer any more: deadline, cancel or
 *     lost connection
 */
public record Call(
    String requestId,
    TenantId tenant,
    Priority priority,
    long startNanos,
    long deadlineNanos,
    LongSupplier ticker,
    CompletableFuture<?> abandoned) {

  /** A call that starts now and may take so long. */
  public static Call starting(
      String requestId,
      TenantId tenant,
      Priority priority,
      Duration timeLimit,
      LongSupplier ticker,
      CompletableFuture<?> abandoned) {
    long start = ticker.getAsLong();
    return new Call(
        requestId, tenant, priority, start, start + timeLimit.toNanos(), ticker, abandoned);
  }

  /** An interactive one. */
  public static Call starting(
      String requestId,
      TenantId tenant,
      Duration timeLimit,
      LongSupplier ticker,
      CompletableFuture<?> abandoned) {
    return starting(requestId, tenant, Priority.INTERACTIVE, timeLimit, ticker, abandoned);
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
    if (abandoned.isDone()) {
      throw new DeadlineExceededException("the caller stopped waiting");
    }
  }
}
