package io.mt2kd.client.internal;

import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.mt2kd.client.Mt2kdException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call, from its start to its answer or its last failure, over as many attempts as {@link
 * RetryRules} allows.
 *
 * <p>The deadline is fixed at the start as the smaller of the timeout and what the caller's gRPC
 * context has left; every attempt gets what then remains. Attempts never overlap.
 */
final class RetryingCall<Q extends MessageLite, R, T> {
  private final UnaryCalls calls;
  private final MethodDescriptor<Q, R> method;
  private final Q request;
  private final String requestId;
  private final Function<R, T> mapping;
  private final Metadata headers;
  private final Context context = Context.current();
  private final long deadlineNanos;
  private final CompletableFuture<T> future = new CompletableFuture<>();

  // Guarded by this: completion from outside races with the start of the next attempt.
  private @Nullable ClientCall<Q, R> current;
  private @Nullable Future<?> pending;
  private int attempts;
  private @Nullable Failure previous;

  RetryingCall(
      UnaryCalls calls,
      MethodDescriptor<Q, R> method,
      Q request,
      String requestId,
      Function<R, T> mapping,
      CallSettings settings) {
    this.calls = calls;
    this.method = method;
    this.request = request;
    this.requestId = requestId;
    this.mapping = mapping;
    this.headers = settings.headers();
    // Saturates where toNanos() throws: a timeout of centuries is a way to say none.
    long budget = TimeUnit.NANOSECONDS.convert(settings.timeout());
    @Nullable Deadline callers = context.getDeadline();
    if (callers != null) {
      budget = Math.min(budget, callers.timeRemaining(TimeUnit.NANOSECONDS));
    }
    this.deadlineNanos = calls.nanoTime() + budget;
  }

  CompletableFuture<T> future() {
    return future;
  }

  void start() {
    future.whenComplete((result, failure) -> stop());
    context.run(this::attempt);
  }

  /** Ends the call from outside. */
  void fail(RuntimeException failure) {
    future.completeExceptionally(failure);
  }

  private long remainingNanos() {
    return deadlineNanos - calls.nanoTime();
  }

  private void attempt() {
    DepartureTracer departure = new DepartureTracer();
    try {
      begin(departure);
    } catch (RuntimeException e) {
      // An interceptor's, as a rule: no reply will come that could end the call. Where the call was
      // ended from outside while it began, gRPC complains too, and nobody has to hear of it.
      end(failure(e, departure));
    }
  }

  private void begin(DepartureTracer departure) {
    ClientCall<Q, R> call;
    synchronized (this) {
      if (future.isDone()) {
        return;
      }
      attempts++;
      CallOptions options =
          CallOptions.DEFAULT
              .withDeadline(Deadline.after(remainingNanos(), TimeUnit.NANOSECONDS))
              .withMaxInboundMessageSize(calls.maxResponseBytes())
              .withStreamTracerFactory(departure);
      call =
          ClientInterceptors.intercept(
                  calls.channel(), MetadataUtils.newAttachHeadersInterceptor(headers))
              .newCall(method, options);
      current = call;
    }
    ClientCalls.asyncUnaryCall(call, request, new Reply(departure));
  }

  private synchronized void stop() {
    if (current != null) {
      // Without effect on a call that has ended.
      current.cancel("the caller does not wait any more", null);
    }
    if (pending != null) {
      pending.cancel(false);
    }
  }

  private void succeeded(R reply) {
    T result;
    try {
      result = mapping.apply(reply);
    } catch (RuntimeException e) {
      future.completeExceptionally(ErrorMapping.malformedReply(e, requestId));
      return;
    }
    future.complete(result);
  }

  private void failed(Failure failure) {
    Optional<Duration> delay;
    synchronized (this) {
      delay =
          calls
              .rules()
              .delayBeforeRetry(
                  method, failure, attempts, Duration.ofNanos(Math.max(0, remainingNanos())));
      if (delay.isPresent() && !future.isDone()) {
        previous = failure;
        if (failure.status().getCode() == Status.Code.UNAVAILABLE) {
          // Else the channel's own back-off, a second and more, would fail the next attempts
          // unasked.
          calls.channel().resetConnectBackoff();
        }
        try {
          pending =
              calls
                  .scheduler()
                  .schedule(
                      () -> context.run(this::attempt),
                      delay.get().toNanos(),
                      TimeUnit.NANOSECONDS);
          return;
        } catch (RejectedExecutionException e) {
          // Closing: the failure is final.
        }
      }
    }
    end(failure);
  }

  private static Failure failure(Throwable thrown, DepartureTracer departure) {
    @Nullable Metadata trailers = Status.trailersFromThrowable(thrown);
    return Failure.of(
        Status.fromThrowable(thrown),
        trailers == null ? new Metadata() : trailers,
        departure.departed());
  }

  private void end(Failure failure) {
    Mt2kdException exception = ErrorMapping.toException(failure, requestId);
    if (previous != null && failure.status().getCode() == Status.Code.DEADLINE_EXCEEDED) {
      // The reason why time ran out says more than that it did.
      exception.addSuppressed(ErrorMapping.toException(previous, requestId));
    }
    future.completeExceptionally(exception);
  }

  private final class Reply implements StreamObserver<R> {
    private final DepartureTracer departure;
    private @Nullable R value;

    Reply(DepartureTracer departure) {
      this.departure = departure;
    }

    @Override
    public void onNext(R value) {
      this.value = value;
    }

    @Override
    public void onError(Throwable thrown) {
      try {
        failed(failure(thrown, departure));
      } catch (RuntimeException e) {
        // gRPC would only log it, and the caller wait for ever.
        future.completeExceptionally(ErrorMapping.malformedReply(e, requestId));
      }
    }

    @Override
    public void onCompleted() {
      if (value == null) {
        onError(
            Status.INTERNAL
                .withDescription("the gateway closed the call without a reply")
                .asException());
      } else {
        succeeded(value);
      }
    }
  }
}
