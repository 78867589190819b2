package io.mt2kd.gateway.triton.internal.protocol;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One unary call, outside of any caller's context: neither the deadline nor the cancel of a caller
 * travels upstream with it.
 */
public final class UnaryCall<T> {
  private static final Metadata.Key<String> TRACE_PARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  private final ClientCall<?, T> call;
  private final CompletableFuture<T> reply = new CompletableFuture<>();

  private UnaryCall(ClientCall<?, T> call) {
    this.call = call;
  }

  /**
   * Starts it. Never blocks.
   *
   * @param limit after which it is cancelled: the server hears of that
   * @param mostReplyBytes of the reply: a larger one is not read
   * @param traceParent W3C {@code traceparent} that goes along; empty for none
   */
  public static <Q, T> UnaryCall<T> start(
      Channel channel,
      MethodDescriptor<Q, T> method,
      Q request,
      Duration limit,
      int mostReplyBytes,
      String traceParent) {
    Context caller = Context.ROOT.attach();
    try {
      ClientCall<Q, T> call =
          traced(channel, traceParent)
              .newCall(
                  method,
                  CallOptions.DEFAULT
                      .withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS)
                      .withMaxInboundMessageSize(mostReplyBytes));
      UnaryCall<T> started = new UnaryCall<>(call);
      ClientCalls.asyncUnaryCall(call, request, started.observer());
      return started;
    } finally {
      Context.ROOT.detach(caller);
    }
  }

  private static Channel traced(Channel channel, String traceParent) {
    if (traceParent.isEmpty()) {
      return channel;
    }
    Metadata headers = new Metadata();
    headers.put(TRACE_PARENT, traceParent);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** Ends with the reply or the status; giving up on it does not stop the call. */
  public CompletableFuture<T> reply() {
    return reply;
  }

  /** Stops the call: the server hears of it. */
  public void cancel() {
    call.cancel("nobody waits for the answer", null);
  }

  private StreamObserver<T> observer() {
    return new StreamObserver<>() {
      private @Nullable T value;

      @Override
      public void onNext(T message) {
        value = message;
      }

      @Override
      public void onError(Throwable failure) {
        reply.completeExceptionally(failure);
      }

      @Override
      public void onCompleted() {
        if (value == null) {
          reply.completeExceptionally(new IllegalStateException("no reply"));
        } else {
          reply.complete(value);
        }
      }
    };
  }
}
