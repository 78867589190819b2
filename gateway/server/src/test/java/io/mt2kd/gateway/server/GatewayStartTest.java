package io.mt2kd.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ForwardingServerBuilder;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
import io.mt2kd.gateway.server.configuration.InvalidConfigurationException;
import io.mt2kd.gateway.server.configuration.ServerConfiguration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A start that fails keeps nothing open. */
@Timeout(60)
class GatewayStartTest {
  @TempDir Path folder;

  private final String name = InProcessServerBuilder.generateName();
  private final ManagedChannel backend = InProcessChannelBuilder.forName("nobody").build();
  private Path database;
  private int metricsPort;

  @BeforeEach
  void place() {
    database = folder.resolve("speakers.db");
  }

  @Test
  void closesTheBackendChannelWhereTheSpeakersCannotBeOpened() {
    database = folder;

    assertFails(this::startInProcess, IOException.class);
  }

  @Test
  void closesTheBackendChannelWhereTheTlsFilesCannotBeRead() {
    assertFails(
        () -> Gateway.start(configuration("nowhere.pem"), backend, "replica"),
        InvalidConfigurationException.class);
  }

  @Test
  void closesEverythingWhereTheServerCannotBeBuilt() {
    assertFails(
        () -> Gateway.start(configuration(""), new Unbuildable(), backend, "replica"),
        IllegalStateException.class);
    assertSpeakersClosed();
  }

  @Test
  void closesEverythingWhereTheAddressIsTaken() throws IOException {
    Server other = InProcessServerBuilder.forName(name).build().start();
    try {
      assertFails(this::startInProcess, IOException.class);
      assertSpeakersClosed();
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void closesEverythingWhereTheAddressOfTheMetricsIsTaken() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      metricsPort = other.getLocalPort();
      assertFails(this::startInProcess, IOException.class);
      assertSpeakersClosed();
    }
  }

  @Test
  void keepsEverythingOpenUntilItIsClosed() throws IOException {
    try (Gateway gateway = startInProcess()) {
      assertThat(gateway.port()).isEqualTo(-1);
      assertThat(backend.isShutdown()).isFalse();
      assertThat(log()).exists();
    }
    assertThat(backend.isShutdown()).isTrue();
    assertSpeakersClosed();
  }

  private Gateway startInProcess() throws IOException {
    return Gateway.start(
        configuration(""), InProcessServerBuilder.forName(name), backend, "replica");
  }

  private void assertFails(ThrowingCallable start, Class<? extends Exception> expected) {
    assertThatThrownBy(start).isInstanceOf(expected);
    assertThat(backend.isShutdown()).as("the backend channel is closed").isTrue();
  }

  // SQLite removes its log with the last connection.
  private void assertSpeakersClosed() {
    assertThat(database).exists();
    assertThat(log()).doesNotExist();
  }

  private Path log() {
    return folder.resolve("speakers.db-wal");
  }

  private GatewayConfiguration configuration(String tls) {
    GatewayConfiguration defaults = GatewayConfiguration.DEFAULT;
    ServerConfiguration server = defaults.server();
    return defaults
        .withServer(
            new ServerConfiguration(
                server.host(),
                0,
                server.maxRequestBytes(),
                server.requestTimeLimit(),
                server.drainTimeLimit(),
                server.introspection(),
                tls,
                tls))
        .withMetrics(defaults.metrics().withPort(metricsPort))
        .withSpeakers(defaults.speakers().withDatabase(database.toString()));
  }

  /** Takes everything, and is then no server. */
  private static final class Unbuildable extends ForwardingServerBuilder<Unbuildable> {
    private final ServerBuilder<?> delegate = InProcessServerBuilder.forName("unbuildable");

    @Override
    protected ServerBuilder<?> delegate() {
      return delegate;
    }

    @Override
    public Server build() {
      throw new IllegalStateException("cannot be built");
    }
  }
}
