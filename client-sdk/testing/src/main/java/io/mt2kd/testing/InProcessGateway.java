package io.mt2kd.testing;

import io.grpc.inprocess.InProcessChannelBuilder;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
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
  private final List<Mt2kdClient> clients = new ArrayList<>();

  private InProcessGateway(String name, Path folder, StandaloneGateway gateway) {
    this.name = name;
    this.folder = folder;
    this.gateway = gateway;
  }

  /**
   * Starts a gateway and waits until its model is ready; takes about a second.
   *
   * @throws IllegalStateException when it does not become ready
   */
  public static InProcessGateway start() {
    try {
      String name = "mt2kd-" + UUID.randomUUID();
      Path folder = Files.createTempDirectory("mt2kd-gateway-");
      GatewayConfiguration defaults = GatewayConfiguration.DEFAULT;
      InProcessGateway started =
          new InProcessGateway(
              name,
              folder,
              StandaloneGateway.startInProcess(
                  name,
                  new GatewayConfiguration(
                      defaults.server(),
                      defaults.backend(),
                      defaults.speakers().withDatabase(folder.resolve("speakers.db").toString()))));
      if (!started.gateway.awaitReady(START_LIMIT)) {
        started.close();
        throw new IllegalStateException("the model is not ready after " + START_LIMIT);
      }
      return started;
    } catch (IOException e) {
      throw new IllegalStateException("the gateway cannot start", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted before the gateway was ready", e);
    }
  }

  /** A client of the default tenant; closed with the gateway. */
  public Mt2kdClient client() {
    return client("default");
  }

  /** A client of a tenant; closed with the gateway. */
  public synchronized Mt2kdClient client(String tenant) {
    Mt2kdClient client =
        Mt2kdClient.builder(InProcessChannelBuilder.forName(name).build()).tenant(tenant).build();
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
    gateway.close();
    erase();
  }

  private void erase() {
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
