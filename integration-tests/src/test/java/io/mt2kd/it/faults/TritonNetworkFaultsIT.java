package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.it.harness.FaultProxy.Fault;
import io.mt2kd.it.harness.SupervisedTriton;
import io.mt2kd.it.harness.TritonServer;
import java.nio.file.Path;
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
    String load =
        FaultAtOneOfTwo.costsNoCall(
            first.port(), second.port(), fault, ReplicaLossIT.REPLICAS, folder);
    System.out.printf(
        "TritonNetworkFaultsIT: %s; Triton died %d times%n", load, first.deaths() - deaths);
    assertThat(second.isAlive()).as("the other Triton lives").isTrue();
  }
}
