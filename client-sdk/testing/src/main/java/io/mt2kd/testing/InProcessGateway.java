package io.mt2kd.testing;

import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
import io.mt2kd.gateway.server.configuration.MetricsConfiguration;
import io.mt2kd.gateway.standalone.StandaloneGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A gateway on gRPC's in-process transport, with the embedded engine and the reference model behind
 * it. What it answers is computed, not canned. Speakers live in a temporary folder and are gone
 * after {@link #close}. Thread-safe.
 *
 * <pre>{@code
 * try (InProcessGateway gateway = InProcessGateway.start()) {
 *   Mt2kdClient client = gateway.client();
 *   ...
 * }
 * }</pre>
 */
public final class InProcessGateway implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final String name;
  private final Path folder;
  private final StandaloneGateway gateway;
  // One for all clients, who do not own it; they repeat by themselves.
  private final ManagedChannel channel;
  private final List<Mt2kdClient> clients = new ArrayList<>();

  private InProcessGateway(String name, Path folder, StandaloneGateway gateway) {
    this.name = name;
    this.folder = folder;
    this.gateway = gateway;
    this.channel = InProcessChannelBuilder.forName(name).disableRetry().build();
  }

  /**
   * Starts a gateway and waits until its model is ready; takes about a second.
   *
   * @throws IllegalStateException when it does not become ready; nothing of it is left then
   */
  public static InProcessGateway start() {
    try {
      return open("mt2kd-" + UUID.randomUUID(), Files.createTempDirectory("mt2kd-gateway-"))
          .ready();
    } catch (IOException e) {
      throw new IllegalStateException("the gateway cannot start", e);
    }
  }

  /** One whose model need not be ready; the folder is erased where there will be none. */
  static InProcessGateway open(String name, Path folder) throws IOException {
    try {
      return new InProcessGateway(name, folder, gateway(name, folder));
    } catch (IOException | RuntimeException e) {
      erase(folder);
      throw e;
    }
  }

  /** Waits until the model is ready; closes this where it will not be. */
  InProcessGateway ready() {
    try {
      if (gateway.awaitReady(START_LIMIT)) {
        return this;
      }
      close();
      throw new IllegalStateException("the model is not ready after " + START_LIMIT);
    } catch (InterruptedException e) {
      // Closing waits too, and would not while the thread is interrupted.
      close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted before the gateway was ready", e);
    }
  }

  private static StandaloneGateway gateway(String name, Path folder) throws IOException {
    GatewayConfiguration defaults = GatewayConfiguration.DEFAULT;
    return StandaloneGateway.startInProcess(
        name,
        defaults
            // Nobody scrapes it, and several may run at a time.
            .withMetrics(MetricsConfiguration.OFF)
            .withSpeakers(
                defaults.speakers().withDatabase(folder.resolve("speakers.db").toString())));
  }

  /** A client of the default tenant; closed with the gateway. */
  public Mt2kdClient client() {
    return client("default");
  }

  /** A client of a tenant; closed with the gateway. */
  public synchronized Mt2kdClient client(String tenant) {
    Mt2kdClient client = Mt2kdClient.builder(channel).tenant(tenant).build();
    clients.add(client);
    return client;
  }

  /** Name that in-process channels connect to, for stubs of your own. */
  public String channelName() {
    return name;
  }

  /** Stops the gateway, closes its clients and erases its speakers. Idempotent. */
  @Override
  public synchronized void close() {
    clients.forEach(Mt2kdClient::close);
    clients.clear();
    channel.shutdownNow();
    try {
      gateway.close();
    } finally {
      erase(folder);
    }
  }

  private static void erase(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new IllegalStateException("the temporary folder " + folder + " stays behind", e);
    }
  }
}
