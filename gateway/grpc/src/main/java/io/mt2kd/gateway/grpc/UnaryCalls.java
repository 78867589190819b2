package io.mt2kd.gateway.grpc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.mt2kd.gateway.core.analysis.Call;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.logging.LogContext;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The frame of every unary call: request id, tenant, the gateway's own time limit, and exactly one
 * ending.
 *
 * <p>A caller that gives up is answered by gRPC itself. Its work is told so, and leaves the queues;
 * what has reached the backend is detached rather than cancelled, and what that brings is dropped.
 */
final class UnaryCalls {
  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private final LongSupplier ticker;
  private final Duration timeLimit;

  /**
   * @param ticker nanoseconds of a clock that never goes back
   * @param timeLimit of calls that name no deadline, or a later one
   */
  UnaryCalls(LongSupplier ticker, Duration timeLimit) {
    this.ticker = ticker;
    this.timeLimit = timeLimit;
  }

  /** Answers with what {@code work} brings, or with the status of its failure. */
  <A> void answer(
      String requestId, StreamObserver<A> observer, Function<Call, CompletableFuture<A>> work) {
    ServerCallStreamObserver<A> caller = (ServerCallStreamObserver<A>) observer;
    // With a handler set, writing to a cancelled call is ignored rather than thrown at us.
    caller.setOnCancelHandler(() -> {});
    // One that is refused is not echoed either: it may not fit into a status.
    boolean named = REQUEST_ID.matcher(requestId).matches();
    String id = named ? requestId : UUID.randomUUID().toString();
    String traceId = LogContext.currentTraceId();
    Context context = Context.current();
    Duration time = remaining(context);
    CompletableFuture<A> answer;
    try {
      if (!named && !requestId.isEmpty()) {
        throw InvalidArgumentException.of(
            "request_id", requestId, "at most 128 characters of [A-Za-z0-9._-]");
      }
      answer = work.apply(call(id, context, time));
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    within(answer, time).whenComplete((reply, failure) -> end(caller, id, traceId, reply, failure));
  }

  /** At the caller's own deadline gRPC ends the call: a second timer would only cost a thread. */
  private <A> CompletableFuture<A> within(CompletableFuture<A> answer, Duration time) {
    return time.compareTo(timeLimit) < 0
        ? answer
        : answer.copy().orTimeout(timeLimit.toNanos(), NANOSECONDS);
  }

  /** Until the caller's deadline; the time limit where there is none, or a later one. */
  private Duration remaining(Context context) {
    Deadline deadline = context.getDeadline();
    if (deadline == null) {
      return timeLimit;
    }
    Duration remaining = Duration.ofNanos(Math.max(0, deadline.timeRemaining(NANOSECONDS)));
    return remaining.compareTo(timeLimit) < 0 ? remaining : timeLimit;
  }

  private Call call(String requestId, Context context, Duration time) {
    CompletableFuture<Void> abandoned = new CompletableFuture<>();
    context.addListener(ended -> abandoned.complete(null), Runnable::run);
    return Call.starting(
        requestId,
        TenantInterceptor.current(),
        PriorityInterceptor.current(),
        time,
        ticker,
        abandoned);
  }

  private static <A> void end(
      ServerCallStreamObserver<A> caller,
      String requestId,
      String traceId,
      @Nullable A reply,
      @Nullable Throwable failure) {
    if (caller.isCancelled()) {
      return;
    }
    if (reply == null) {
      Throwable cause = failure == null ? new IllegalStateException("no reply") : failure;
      try (LogContext named = LogContext.ofTrace(requestId, traceId)) {
        caller.onError(StatusMapping.toStatus(cause, requestId));
      }
      return;
    }
    caller.onNext(reply);
    caller.onCompleted();
  }
}
