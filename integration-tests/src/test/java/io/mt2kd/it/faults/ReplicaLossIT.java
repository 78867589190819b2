package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.gateway.server.configuration.ReplicasConfiguration;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.SteadyLoad;
import io.mt2kd.it.harness.TritonServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Replicas of a real Triton die, freeze and break under load, and no call fails of it. Callers
 * repeat nothing by themselves; their deadline is a minute.
 */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(600)
class ReplicaLossIT {
  private static final int KILLS = Integer.getInteger("mt2kd.replica.kills", 2);
  private static final int CALLERS = 4;

  /** Patient enough for Tritons that share two processors, impatient enough for a test. */
  static final ReplicasConfiguration REPLICAS =
      new ReplicasConfiguration(
          Duration.ofSeconds(10),
          Duration.ofSeconds(3),
          Duration.ofSeconds(1),
          Duration.ofSeconds(20),
          Duration.ofSeconds(2),
          Duration.ofSeconds(1),
          256,
          false);

  private final List<TritonServer> tritons = new ArrayList<>();

  @BeforeAll
  void startTwo() throws Exception {
    tritons.add(TritonServer.start());
    tritons.add(TritonServer.start());
  }

  @AfterAll
  void stop() throws Exception {
    for (TritonServer triton : tritons) {
      triton.close();
    }
  }

  @Test
  @Order(1)
  void killingOneOfTwoReplicasFailsNoCall(@TempDir Path folder) throws Exception {
    try (GatewayServer gateway = GatewayServer.start(target(), REPLICAS, folder);
        Mt2kdClient client = gateway.client();
        SteadyLoad load = SteadyLoad.start(client, CALLERS)) {
      for (int kill = 0; kill < KILLS; kill++) {
        TritonServer victim = tritons.get(kill % 2);
        TritonServer survivor = tritons.get(1 - kill % 2);
        load.awaitAnswers(name(survivor), 5);
        load.awaitAnswers(name(victim), 5);

        victim.kill();
        load.awaitAnswers(name(survivor), 20);
        victim.restart();
      }
      // Those that were killed serve again.
      load.awaitAnswers(name(tritons.get(0)), 5);
      load.awaitAnswers(name(tritons.get(1)), 5);
      load.close();
      System.out.printf("ReplicaLossIT: %d kills, %s%n", KILLS, load.summary());
      assertThat(load.failures()).isEmpty();
    }
  }

  @Test
  @Order(2)
  void callsOfAFrozenReplicaMoveOnAndItComesBack(@TempDir Path folder) throws Exception {
    tritons.add(TritonServer.start());
    try (GatewayServer gateway = GatewayServer.start(target(), REPLICAS, folder);
        Mt2kdClient client = gateway.client();
        SteadyLoad load = SteadyLoad.start(client, CALLERS)) {
      TritonServer frozen = tritons.get(0);
      for (TritonServer triton : tritons) {
        load.awaitAnswers(name(triton), 5);
      }

      frozen.freeze();
      // Those at the frozen one too.
      load.awaitCallsUnderWay();
      gateway.awaitReplica(name(frozen), State.ABSENT);
      long before = load.answers(name(frozen));
      load.awaitAnswers(name(tritons.get(1)), 20);
      load.awaitAnswers(name(tritons.get(2)), 20);
      assertThat(load.answers(name(frozen))).isEqualTo(before);

      frozen.thaw();

      gateway.awaitReplica(name(frozen), State.SERVING);
      load.awaitAnswers(name(frozen), 5);
      load.close();
      System.out.printf("ReplicaLossIT: one of three frozen, %s%n", load.summary());
      assertThat(load.failures()).isEmpty();
      assertThat(frozen.isAlive()).as("it survived that nobody waited any more").isTrue();
    }
  }

  private String target() {
    return tritons.stream().map(ReplicaLossIT::name).collect(Collectors.joining(","));
  }

  private static String name(TritonServer triton) {
    return "127.0.0.1:" + triton.port();
  }
}
