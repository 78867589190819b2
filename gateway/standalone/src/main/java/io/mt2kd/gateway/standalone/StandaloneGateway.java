package io.mt2kd.gateway.standalone;

import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.mt2kd.engine.EmbeddedEngine;
import io.mt2kd.gateway.server.Gateway;
import io.mt2kd.gateway.server.RunningGateway;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
import io.mt2kd.model.ReferenceModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/**
 * Gateway and embedded engine in one process. The two speak Triton's protocol over an in-process
 * channel, so nothing of the gateway knows that its backend is near.
 */
public final class StandaloneGateway implements RunningGateway {
  private static final String REPLICA = "embedded";

  private final EmbeddedEngine engine;
  private final Gateway gateway;

  private StandaloneGateway(EmbeddedEngine engine, Gateway gateway) {
    this.engine = engine;
    this.gateway = gateway;
  }

  /**
   * Starts on the configured address, with the configured repository or else the reference model.
   * {@code backend.target} is not looked at.
   *
   * @throws IOException when the address cannot be bound or the model cannot be unpacked
   */
  public static StandaloneGateway start(GatewayConfiguration configuration) throws IOException {
    return start(configuration, channel -> Gateway.start(configuration, channel, REPLICA));
  }

  /**
   * Starts on gRPC's in-process transport.
   *
   * @param name that in-process channels connect to
   */
  public static StandaloneGateway startInProcess(String name, GatewayConfiguration configuration)
      throws IOException {
    return start(
        configuration,
        channel ->
            Gateway.start(configuration, InProcessServerBuilder.forName(name), channel, REPLICA));
  }

  private static StandaloneGateway start(GatewayConfiguration configuration, Starter starter)
      throws IOException {
    String repository = configuration.backend().repository();
    Path models = repository.isEmpty() ? ReferenceModel.unpack() : Path.of(repository);
    EmbeddedEngine engine = EmbeddedEngine.load(models);
    try {
      String name = "embedded-engine-" + UUID.randomUUID();
      engine.startInProcess(name);
      return new StandaloneGateway(
          engine, starter.start(InProcessChannelBuilder.forName(name).build()));
    } catch (IOException | RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  @Override
  public int port() {
    return gateway.port();
  }

  @Override
  public boolean awaitReady(Duration atMost) throws InterruptedException {
    return gateway.awaitReady(atMost);
  }

  @Override
  public void awaitTermination() throws InterruptedException {
    gateway.awaitTermination();
  }

  // The engine last: calls that drain still need it.
  @Override
  public void close() {
    gateway.close();
    engine.close();
  }

  private interface Starter {
    Gateway start(ManagedChannel backend) throws IOException;
  }
}
