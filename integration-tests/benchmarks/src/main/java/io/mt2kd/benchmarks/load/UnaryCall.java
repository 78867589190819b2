package io.mt2kd.benchmarks.load;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A call as a future, which ends when the call does. */
final class UnaryCall {
  private UnaryCall() {}

  static <Q, A> CompletableFuture<A> start(
      Channel channel, MethodDescriptor<Q, A> method, CallOptions options, Q request) {
    CompletableFuture<A> reply = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        channel.newCall(method, options),
        request,
        new StreamObserver<A>() {
          private @Nullable A answer;

          @Override
          public void onNext(A message) {
            answer = message;
          }

          @Override
          public void onError(Throwable failure) {
            reply.completeExceptionally(failure);
          }

          @Override
          public void onCompleted() {
            reply.complete(answer);
          }
        });
    return reply;
  }
}
