package io.mt2kd.it.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.cli.Main;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.RetryPolicy;
import io.mt2kd.it.harness.EngineServer;
import io.mt2kd.it.harness.JavaProcess;
import io.mt2kd.it.harness.SteadyLoad;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code mt2kd serve} in front of one name with several addresses, as a headless service has it.
 * The JVM's own resolver answers, out of a file of the test's.
 */
@Timeout(120)
class DnsTargetIT {
  private static final String NAME = "tritons.test";

  @Test
  void followsTheAddressesOfAName(@TempDir Path folder) throws Exception {
    Path hosts = folder.resolve("hosts");
    try (EngineServer first = EngineServer.start(new InetSocketAddress("127.0.0.1", 0));
        EngineServer second =
            EngineServer.start(new InetSocketAddress("127.0.0.2", first.port()))) {
      addresses(hosts, "127.0.0.1");
      try (JavaProcess gateway = serve(folder, hosts, first.port());
          Mt2kdClient client = client(gateway);
          SteadyLoad load = SteadyLoad.start(client, 2)) {
        load.awaitAnswers(first.name(), 5);
        assertThat(load.answers(second.name())).isZero();

        addresses(hosts, "127.0.0.1", "127.0.0.2");
        load.awaitAnswers(second.name(), 5);

        addresses(hosts, "127.0.0.2");
        load.awaitQuiet(first.name(), 20);
        load.awaitAnswers(second.name(), 5);
        first.close();
        load.awaitAnswers(second.name(), 5);

        load.close();
        assertThat(load.failures()).isEmpty();
      }
    }
  }

  private static JavaProcess serve(Path folder, Path hosts, int port) throws IOException {
    Path settings =
        Files.writeString(
            folder.resolve("gateway.yaml"),
            """
            server:
              port: 0
            backend:
              target: dns:///%s:%d
            replicas:
              discovery-interval: 200ms
              slow-start: 0s
            speakers:
              database: %s
            """
                .formatted(NAME, port, folder.resolve("speakers.db")));
    return JavaProcess.start(
        folder,
        List.of("-Djdk.net.hosts.file=" + hosts),
        Main.class,
        "serve",
        "--config",
        settings.toString());
  }

  private static Mt2kdClient client(JavaProcess gateway) throws IOException {
    String port = gateway.readLine().replace("listening on port ", "");
    assertThat(gateway.readLine()).isEqualTo("ready");
    return Mt2kdClient.builder("127.0.0.1:" + port)
        .plaintext()
        .retryPolicy(RetryPolicy.NONE)
        .build();
  }

  /** At once, so that no lookup reads half a file. */
  private static void addresses(Path hosts, String... addresses) throws IOException {
    String lines =
        Arrays.stream(addresses)
            .map(address -> address + " " + NAME + "\n")
            .collect(Collectors.joining());
    Path next = Files.writeString(hosts.resolveSibling("hosts.next"), lines);
    Files.move(next, hosts, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
