package io.mt2kd.gateway.triton;

import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceStub;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A server of Triton's protocol as the inference backend: Triton itself or the embedded engine,
 * which it cannot tell apart.
 *
 * <p>A call, once sent, is never cancelled on the caller's behalf: see {@link
 * TritonOptions#safetyLimit}. Thread-safe.
 */
public final class TritonBackend implements InferenceBackend {
  private final ManagedChannel channel;
  private final TritonOptions options;
  private final GRPCInferenceServiceStub server;
  private final ScheduledExecutorService scheduler;
  private final ModelWatch watch;

  private TritonBackend(
      ManagedChannel channel, String replica, TritonOptions options, Consumer<Boolean> listener) {
    this.channel = channel;
    this.options = options;
    this.server = GRPCInferenceServiceGrpc.newStub(channel);
    this.scheduler =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "model-watch");
              thread.setDaemon(true);
              return thread;
            });
    this.watch = new ModelWatch(channel, replica, options, scheduler, listener);
  }

  /**
   * Starts looking for the model and returns at once.
   *
   * @param channel to the server; owned from now on
   * @param replica name of the server in receipts and logs
   * @param listener told whether the model is there, at each change
   */
  public static TritonBackend connect(
      ManagedChannel channel, String replica, TritonOptions options, Consumer<Boolean> listener) {
    return new TritonBackend(channel, replica, options, listener);
  }

  @Override
  public ServedModel model() {
    return watch.model();
  }

  @Override
  public CompletableFuture<BatchOutput> infer(UtteranceBatch batch) {
    ServedModel served;
    try {
      served = watch.model();
    } catch (UnavailableException e) {
      return CompletableFuture.failedFuture(e);
    }
    ModelInferRequest request = InferRequests.of(options.model(), batch);
    CompletableFuture<BatchOutput> result = new CompletableFuture<>();
    long start = System.nanoTime();
    // Outside the caller's context: its deadline and its cancel must not travel upstream.
    Context.ROOT.run(
        () ->
            server
                .withDeadlineAfter(options.safetyLimit().toNanos(), TimeUnit.NANOSECONDS)
                .modelInfer(
                    request,
                    new StreamObserver<>() {
                      @Override
                      public void onNext(ModelInferResponse response) {
                        Duration time = Duration.ofNanos(System.nanoTime() - start);
                        try {
                          result.complete(
                              new BatchOutput(
                                  InferResponses.read(response, batch, served.manifest()),
                                  served,
                                  time));
                        } catch (RuntimeException e) {
                          result.completeExceptionally(BackendFailures.of(e));
                        }
                      }

                      @Override
                      public void onError(Throwable failure) {
                        result.completeExceptionally(BackendFailures.of(failure));
                      }

                      @Override
                      public void onCompleted() {
                        result.completeExceptionally(
                            BackendFailures.of(new IllegalStateException("no reply")));
                      }
                    }));
    return result;
  }

  /** Lets calls under way finish within the safety limit; then gives them up. */
  @Override
  public void close() {
    watch.close();
    scheduler.shutdownNow();
    channel.shutdown();
    try {
      if (!channel.awaitTermination(options.safetyLimit().toNanos(), TimeUnit.NANOSECONDS)) {
        channel.shutdownNow();
      }
    } catch (InterruptedException e) {
      channel.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
