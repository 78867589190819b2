package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.gateway.server.configuration.ReplicasConfiguration;
import io.mt2kd.it.harness.FaultProxy;
import io.mt2kd.it.harness.FaultProxy.Fault;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.SteadyLoad;
import io.mt2kd.it.harness.SupervisedTriton;
import io.mt2kd.it.harness.TritonServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The network between the gateway and one of two real Tritons fails, and no call does. A Triton
 * 24.10 may itself die of a connection that breaks with calls under way; it is started again then,
 * as a cluster does, and takes its share again.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(300)
class TritonNetworkFaultsIT {
  private static final Duration DELAY = Duration.ofMillis(300);
  private static final ReplicasConfiguration REPLICAS =
      new ReplicasConfiguration(
          Duration.ofSeconds(10),
          Duration.ofSeconds(3),
          Duration.ofSeconds(1),
          Duration.ofSeconds(20),
          Duration.ofSeconds(2),
          Duration.ofSeconds(1),
          256,
          false);

  private SupervisedTriton first;
  private TritonServer second;

  @BeforeAll
  void startTwo() throws Exception {
    first = SupervisedTriton.of(TritonServer.start());
    second = TritonServer.start();
  }

  @AfterAll
  void stop() throws Exception {
    first.close();
    second.close();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void onTheWayToOneOfTwoCostNoCall(Fault fault, @TempDir Path folder) throws Exception {
    int deaths = first.deaths();
    try (FaultProxy proxy = FaultProxy.before(first.port());
        GatewayServer gateway =
            GatewayServer.start(name(proxy.port()) + "," + name(second.port()), REPLICAS, folder);
        Mt2kdClient client = gateway.client();
        SteadyLoad load = SteadyLoad.start(client, 4)) {
      String spoilt = name(proxy.port());
      load.awaitAnswers(spoilt, 5);
      load.awaitAnswers(name(second.port()), 5);

      proxy.inject(fault, DELAY);
      load.awaitCallsUnderWay();
      load.awaitAnswers(name(second.port()), 20);
      proxy.heal();

      load.awaitAnswers(spoilt, 5);
      load.close();
      System.out.printf(
          "TritonNetworkFaultsIT: %s at one of two, %s; Triton died %d times%n",
          fault, load.summary(), first.deaths() - deaths);
      assertThat(load.failures()).isEmpty();
      assertThat(second.isAlive()).as("the other Triton lives").isTrue();
    }
  }

  private static String name(int port) {
    return "127.0.0.1:" + port;
  }
}
