package io.mt2kd.it.harness;

import io.grpc.ManagedChannel;
import io.grpc.channelz.v1.ChannelzGrpc;
import io.grpc.channelz.v1.GetServersRequest;
import io.grpc.channelz.v1.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.RetryPolicy;
import io.mt2kd.gateway.core.batching.BatcherLoad;
import io.mt2kd.gateway.server.Gateway;
import io.mt2kd.gateway.server.configuration.BackendConfiguration;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
import io.mt2kd.gateway.server.configuration.MetricsConfiguration;
import io.mt2kd.gateway.server.configuration.ReplicasConfiguration;
import io.mt2kd.gateway.triton.ReplicaStatus;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

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
    return ready(Gateway.start(configuration(folder), backend, replica));
  }

  /**
   * The same in front of servers that the gateway connects to by itself.
   *
   * @param target of the backend
   * @param replicas how calls are shared among them
   */
  public static GatewayServer start(String target, ReplicasConfiguration replicas, Path folder)
      throws IOException, InterruptedException {
    GatewayConfiguration configuration = configuration(folder);
    BackendConfiguration backend = configuration.backend();
    return ready(
        Gateway.start(
            configuration
                .withBackend(
                    new BackendConfiguration(
                        target,
                        backend.repository(),
                        backend.model(),
                        backend.safetyLimit(),
                        backend.pollInterval()))
                .withReplicas(replicas)));
  }

  /**
   * The same with settings of the test's.
   *
   * @param settings from those that the tests use otherwise
   */
  public static GatewayServer start(
      ManagedChannel backend,
      String replica,
      Path folder,
      UnaryOperator<GatewayConfiguration> settings)
      throws IOException, InterruptedException {
    return ready(Gateway.start(settings.apply(configuration(folder)), backend, replica));
  }

  private static GatewayServer ready(Gateway gateway) throws InterruptedException {
    GatewayServer server = new GatewayServer(gateway);
    if (!gateway.awaitReady(READY)) {
      server.close();
      throw new AssertionError("the gateway does not serve after " + READY);
    }
    return server;
  }

  /** Returns once a replica is in a state, at once where it is. */
  public void awaitReplica(String replica, ReplicaStatus.State state) {
    long end = System.nanoTime() + READY.toNanos();
    while (gateway.replicas().stream()
        .noneMatch(status -> status.replica().equals(replica) && status.state() == state)) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            replica + " is not " + state + " after " + READY + ": " + gateway.replicas());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** How each replica does now. */
  public List<ReplicaStatus> replicas() {
    return gateway.replicas();
  }

  /** What waits for the model and what is under way now. */
  public BatcherLoad load() {
    return gateway.load();
  }

  /** Returns once nothing waits any more, and nothing is under way at a replica either. */
  public void awaitIdle() {
    long end = System.nanoTime() + READY.toNanos();
    while (isBusy()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "not idle after " + READY + ": " + gateway.load() + ", " + gateway.replicas());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private boolean isBusy() {
    BatcherLoad load = gateway.load();
    return load.utterancesWaiting() > 0
        || load.batchesInFlight() > 0
        || gateway.replicas().stream()
            .anyMatch(replica -> replica.calls() > 0 || !replica.outstanding().isZero());
  }

  /** On the loopback interface, gRPC. */
  public int port() {
    return gateway.port();
  }

  /** What a scraper reads now. */
  public String scrape() throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.metricsPort() + "/metrics"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new AssertionError("scrape: " + response.statusCode() + " (expected: 200)");
    }
    return response.body();
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
    return defaults
        .withServer(defaults.server().withPort(0))
        .withMetrics(new MetricsConfiguration(true, "127.0.0.1", 0, true))
        .withBackend(
            new BackendConfiguration(
                backend.target(),
                backend.repository(),
                backend.model(),
                Duration.ofSeconds(30),
                Duration.ofMillis(100)))
        .withSpeakers(defaults.speakers().withDatabase(folder.resolve("speakers.db").toString()));
  }
}
