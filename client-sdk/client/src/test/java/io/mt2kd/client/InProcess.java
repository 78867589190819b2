package io.mt2kd.client;

import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.util.UUID;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A client and a fake gateway in one process and one thread, with fake time. */
final class InProcess implements AfterEachCallback {
  final String name = "gateway-" + UUID.randomUUID();
  final FakeTime time = new FakeTime();
  final ManagedChannel channel =
      InProcessChannelBuilder.forName(name).directExecutor().disableRetry().build();
  FakeGateway gateway = FakeGateway.inProcess(name);

  /** The largest jitter, so that delays are round numbers. */
  Mt2kdClientBuilder builder() {
    return Mt2kdClient.builder(channel).time(time, time::nanoTime, () -> 1.0);
  }

  void startGateway() {
    gateway = FakeGateway.inProcess(name);
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    channel.shutdownNow();
    gateway.close();
    time.shutdownNow();
  }
}
