package io.mt2kd.it.harness;

import io.grpc.ManagedChannel;
import io.grpc.channelz.v1.ChannelzGrpc;
import io.grpc.channelz.v1.GetServersRequest;
import io.grpc.channelz.v1.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.RetryPolicy;
import io.mt2kd.gateway.server.Gateway;
import io.mt2kd.gateway.server.configuration.BackendConfiguration;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A real gateway on a free port of the loopback interface, with speakers in a folder of the test.
 */
public final class GatewayServer implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(60);

  private final Gateway gateway;
  private long questions;

  private GatewayServer(Gateway gateway) {
    this.gateway = gateway;
  }

  /**
   * Starts it and waits until it serves.
   *
   * @param backend to a server of Triton's protocol; closed with the gateway
   * @param replica what receipts call that server
   * @param folder for the speakers
   */
  public static GatewayServer start(ManagedChannel backend, String replica, Path folder)
      throws IOException, InterruptedException {
    GatewayServer server =
        new GatewayServer(Gateway.start(configuration(folder), backend, replica));
    if (!server.gateway.awaitReady(READY)) {
      server.close();
      throw new AssertionError("the gateway does not serve after " + READY);
    }
    return server;
  }

  /** On the loopback interface, gRPC. */
  public int port() {
    return gateway.port();
  }

  /** The SDK, without repetition: what a test sees is what the gateway said. */
  public Mt2kdClient client() {
    return Mt2kdClient.builder("127.0.0.1:" + port())
        .plaintext()
        .retryPolicy(RetryPolicy.NONE)
        .timeout(Duration.ofSeconds(60))
        .build();
  }

  /** A channel for requests that the SDK does not make, the caller's to shut down. */
  public ManagedChannel channel() {
    return NettyChannelBuilder.forAddress("127.0.0.1", port())
        .usePlaintext()
        .disableRetry()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
  }

  /** Calls that have reached the gateway so far, the questions of this kind left out. */
  public long callsStarted() {
    ManagedChannel channel = channel();
    try {
      questions++;
      return ChannelzGrpc.newBlockingStub(channel)
              .getServers(GetServersRequest.getDefaultInstance())
              .getServerList()
              .stream()
              .filter(this::isGateway)
              .mapToLong(server -> server.getData().getCallsStarted())
              .sum()
          - questions;
    } finally {
      channel.shutdownNow();
    }
  }

  // Every server of this JVM is listed.
  private boolean isGateway(Server server) {
    return server.getListenSocketList().stream()
        .anyMatch(socket -> socket.getName().contains(":" + port() + "]"));
  }

  @Override
  public void close() {
    gateway.close();
  }

  private static GatewayConfiguration configuration(Path folder) {
    GatewayConfiguration defaults = GatewayConfiguration.DEFAULT;
    BackendConfiguration backend = defaults.backend();
    return new GatewayConfiguration(
        defaults.server().withPort(0),
        defaults.batching(),
        new BackendConfiguration(
            backend.target(),
            backend.repository(),
            backend.model(),
            Duration.ofSeconds(30),
            Duration.ofMillis(100)),
        defaults.speakers().withDatabase(folder.resolve("speakers.db").toString()));
  }
}
