package io.mt2kd.client.internal;

import com.google.protobuf.MessageLite;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.mt2kd.client.InvalidRequestException;
import io.mt2kd.client.InvalidRequestException.FieldViolation;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Starts calls on one channel and knows those in flight, so that closing can let them finish.
 *
 * <p>Thread-safe.
 */
public final class UnaryCalls {
  /** How long an own channel may take to hang up once nothing is in flight. */
  private static final Duration HANG_UP = Duration.ofSeconds(5);

  private final ManagedChannel channel;
  private final boolean ownChannel;
  private final RetryRules rules;
  private final ScheduledExecutorService scheduler;
  private final LongSupplier nanoTime;
  private final int maxRequestBytes;
  private final int maxResponseBytes;
  private final Set<RetryingCall<?, ?, ?>> inFlight = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Calls on this channel.
   *
   * @param ownChannel whether closing shuts the channel down
   * @param scheduler runs repetitions; shut down by closing
   * @param nanoTime as {@link System#nanoTime()}
   */
  public UnaryCalls(
      ManagedChannel channel,
      boolean ownChannel,
      RetryRules rules,
      ScheduledExecutorService scheduler,
      LongSupplier nanoTime,
      int maxRequestBytes,
      int maxResponseBytes) {
    this.channel = channel;
    this.ownChannel = ownChannel;
    this.rules = rules;
    this.scheduler = scheduler;
    this.nanoTime = nanoTime;
    this.maxRequestBytes = maxRequestBytes;
    this.maxResponseBytes = maxResponseBytes;
  }

  /**
   * Starts a call.
   *
   * @param requestId as in the request; empty where the request has none
   * @param mapping from the reply to what the caller gets
   * @return fails with an {@link io.mt2kd.client.Mt2kdException}, or with {@link
   *     IllegalStateException} after closing; cancelling it cancels the call
   */
  public <Q extends MessageLite, R, T> CompletableFuture<T> start(
      MethodDescriptor<Q, R> method,
      Q request,
      String requestId,
      Function<R, T> mapping,
      CallSettings settings) {
    int size = request.getSerializedSize();
    if (size > maxRequestBytes) {
      return CompletableFuture.failedFuture(tooLarge(size, requestId));
    }
    RetryingCall<Q, R, T> call =
        new RetryingCall<>(this, method, request, requestId, mapping, settings);
    inFlight.add(call);
    call.future().whenComplete((result, failure) -> inFlight.remove(call));
    // Looked at after the call was added: close() either sees the call or is seen here.
    if (closed.get()) {
      call.fail(new IllegalStateException("the client is closed"));
    } else {
      call.start();
    }
    return call.future();
  }

  private InvalidRequestException tooLarge(int size, String requestId) {
    String description =
        size + " bytes (expected: <= " + maxRequestBytes + ", this client's limit)";
    return new InvalidRequestException(
        Status.Code.INVALID_ARGUMENT,
        "request: " + description,
        List.of(new FieldViolation("request", description)),
        requestId,
        null);
  }

  /**
   * Takes no further calls, waits for those in flight, fails what is left, and hangs up. Only the
   * first call has an effect. An interrupt ends the wait and is kept.
   *
   * @param drain how long calls in flight may take
   */
  public void close(Duration drain) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    boolean interrupted = false;
    try {
      CompletableFuture.allOf(
              inFlight.stream().map(RetryingCall::future).toArray(CompletableFuture[]::new))
          // Saturates where toNanos() throws: a drain of centuries is a way to say no limit.
          .get(TimeUnit.NANOSECONDS.convert(drain), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Who called has the failures of the calls; what is left is failed below.
    } catch (InterruptedException e) {
      interrupted = true;
    }
    inFlight.forEach(
        call ->
            call.fail(new IllegalStateException("the client was closed before the answer came")));
    scheduler.shutdownNow();
    if (ownChannel) {
      interrupted |= hangUp(interrupted);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean hangUp(boolean atOnce) {
    channel.shutdown();
    try {
      if (atOnce || !channel.awaitTermination(HANG_UP.toNanos(), TimeUnit.NANOSECONDS)) {
        channel.shutdownNow();
      }
      return false;
    } catch (InterruptedException e) {
      channel.shutdownNow();
      return true;
    }
  }

  ManagedChannel channel() {
    return channel;
  }

  RetryRules rules() {
    return rules;
  }

  ScheduledExecutorService scheduler() {
    return scheduler;
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }

  int maxResponseBytes() {
    return maxResponseBytes;
  }
}
