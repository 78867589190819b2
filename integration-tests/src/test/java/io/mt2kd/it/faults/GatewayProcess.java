package io.mt2kd.it.faults;

import io.mt2kd.gateway.server.configuration.BackendConfiguration;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
import io.mt2kd.gateway.standalone.StandaloneGateway;
import java.time.Duration;

/** A whole gateway in a JVM of its own; prints its port when it serves. */
final class GatewayProcess {
  private GatewayProcess() {}

  /**
   * Serves until it is killed.
   *
   * @param args database file and model repository
   */
  public static void main(String[] args) throws Exception {
    GatewayConfiguration defaults = GatewayConfiguration.DEFAULT;
    BackendConfiguration backend = defaults.backend();
    GatewayConfiguration configuration =
        defaults
            .withServer(defaults.server().withPort(0))
            .withMetrics(defaults.metrics().withPort(0))
            .withBackend(
                new BackendConfiguration(
                    backend.target(),
                    args[1],
                    backend.model(),
                    backend.safetyLimit(),
                    backend.pollInterval()))
            .withSpeakers(defaults.speakers().withDatabase(args[0]));
    try (StandaloneGateway gateway = StandaloneGateway.start(configuration)) {
      if (!gateway.awaitReady(Duration.ofMinutes(1))) {
        throw new IllegalStateException("not ready after a minute");
      }
      System.out.println(gateway.port());
      gateway.awaitTermination();
    }
  }
}
