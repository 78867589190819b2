package io.mt2kd.benchmarks.server;

import io.mt2kd.gateway.server.Gateway;
import io.mt2kd.gateway.server.configuration.ConfigurationReader;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** A gateway, configured by its environment. */
final class GatewayMain {
  private static final Duration READY = Duration.ofMinutes(2);

  private GatewayMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (Gateway gateway =
        Gateway.start(ConfigurationReader.read(Optional.empty(), System.getenv()))) {
      if (!gateway.awaitReady(READY)) {
        throw new IllegalStateException("the gateway does not serve after " + READY);
      }
      Serving.untilInputEnds(gateway.port());
    }
  }
}
