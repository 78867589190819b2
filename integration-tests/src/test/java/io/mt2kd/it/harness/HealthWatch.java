package io.mt2kd.it.harness;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Follows what a gateway says of its health. */
public final class HealthWatch implements AutoCloseable {
  private static final long MOST_SECONDS = 90;

  private final ManagedChannel channel;
  private final BlockingQueue<ServingStatus> changes = new LinkedBlockingQueue<>();

  private HealthWatch(ManagedChannel channel) {
    this.channel = channel;
  }

  /** Follows the health of the whole gateway; the channel is closed with the watch. */
  public static HealthWatch on(ManagedChannel channel) {
    HealthWatch watch = new HealthWatch(channel);
    HealthGrpc.newStub(channel)
        .watch(
            HealthCheckRequest.getDefaultInstance(),
            new StreamObserver<>() {
              @Override
              public void onNext(HealthCheckResponse response) {
                watch.changes.add(response.getStatus());
              }

              @Override
              public void onError(Throwable failure) {}

              @Override
              public void onCompleted() {}
            });
    return watch;
  }

  /** Returns once the gateway says so, at once where it said so last. */
  public void await(ServingStatus status) throws InterruptedException {
    ServingStatus change;
    do {
      change = changes.poll(MOST_SECONDS, TimeUnit.SECONDS);
      if (change == null) {
        throw new AssertionError("health is not " + status + " after " + MOST_SECONDS + " s");
      }
    } while (change != status);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
