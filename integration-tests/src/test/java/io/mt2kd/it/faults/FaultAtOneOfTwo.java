package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.gateway.server.configuration.ReplicasConfiguration;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.it.harness.FaultProxy;
import io.mt2kd.it.harness.FaultProxy.Fault;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.SteadyLoad;
import java.nio.file.Path;
import java.time.Duration;

/** A fault of the network on the way to one of two replicas, under load, which comes and passes. */
final class FaultAtOneOfTwo {
  /** Of what the fault delays. */
  static final Duration DELAY = Duration.ofMillis(300);

  private FaultAtOneOfTwo() {}

  /**
   * Returns once both replicas answer again.
   *
   * @param first port of the replica on whose way it is
   * @param second port of the other
   * @return the load, in words
   */
  static String costsNoCall(
      int first, int second, Fault fault, ReplicasConfiguration replicas, Path folder)
      throws Exception {
    try (FaultProxy proxy = FaultProxy.before(first);
        GatewayServer gateway =
            GatewayServer.start(name(proxy.port()) + "," + name(second), replicas, folder);
        Mt2kdClient client = gateway.client();
        SteadyLoad load = SteadyLoad.start(client, 4)) {
      String spoilt = name(proxy.port());
      load.awaitAnswers(spoilt, 5);
      load.awaitAnswers(name(second), 5);

      proxy.inject(fault, DELAY);
      load.awaitCallsUnderWay();
      load.awaitAnswers(name(second), 20);
      proxy.heal();

      gateway.awaitReplica(spoilt, State.SERVING);
      load.awaitAnswers(spoilt, 5);
      load.close();
      assertThat(load.failures()).isEmpty();
      return "%s at one of two, %s".formatted(fault, load.summary());
    }
  }

  /** Of a replica on the loopback interface. */
  static String name(int port) {
    return "127.0.0.1:" + port;
  }
}
