package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.client.DeadlineExceededException;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.OverloadedException;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import io.mt2kd.client.UnavailableException;
import io.mt2kd.gateway.server.configuration.ReplicasConfiguration;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.it.harness.EngineServer;
import io.mt2kd.it.harness.FaultProxy;
import io.mt2kd.it.harness.FaultProxy.Fault;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.SteadyArrivals;
import io.mt2kd.it.harness.Waveforms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The network between the gateway and its replicas fails in every way that a proxy can make it
 * fail. Behind it are embedded engines: a Triton 24.10 does not survive that a connection with
 * calls under way breaks, and it is the gateway that is tested.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(240)
class NetworkFaultsIT {
  private static final Duration DEADLINE = Duration.ofSeconds(4);

  /** By which an error may come after the deadline, on a machine that does other things too. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** That nobody answers, and that nobody did in time. */
  private static final Set<Class<?>> TOLD =
      Set.of(UnavailableException.class, DeadlineExceededException.class);

  /**
   * Under which calls wait: where more wait already than could be done in time, whoever comes is
   * refused at once.
   */
  private static final Set<Fault> SILENT = Set.of(Fault.LATENCY, Fault.BLACK_HOLE, Fault.HALF_OPEN);

  private static final ReplicasConfiguration REPLICAS =
      new ReplicasConfiguration(
          Duration.ofSeconds(10),
          Duration.ofSeconds(2),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          256,
          false);

  private EngineServer first;
  private EngineServer second;

  @BeforeAll
  void startEngines() throws Exception {
    first = EngineServer.start();
    second = EngineServer.start();
  }

  @AfterAll
  void stopEngines() {
    first.close();
    second.close();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void onTheWayToOneOfTwoReplicasCostNoCall(Fault fault, @TempDir Path folder) throws Exception {
    System.out.println(
        "NetworkFaultsIT: "
            + FaultAtOneOfTwo.costsNoCall(first.port(), second.port(), fault, REPLICAS, folder));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void onTheWayToTheOnlyReplicaAreToldInTimeAndPass(Fault fault, @TempDir Path folder)
      throws Exception {
    RecognizeRequest request =
        RecognizeRequest.of(Recording.pcm16(Waveforms.voiceLike(8_000, 1), Waveforms.RATE));
    try (FaultProxy proxy = FaultProxy.before(first.port());
        GatewayServer gateway =
            GatewayServer.start(FaultAtOneOfTwo.name(proxy.port()), REPLICAS, folder);
        Mt2kdClient client = gateway.client().withTimeout(DEADLINE);
        SteadyArrivals arrivals = SteadyArrivals.start(client, request, Duration.ofMillis(100))) {
      arrivals.awaitAnswers(10);

      proxy.inject(fault, FaultAtOneOfTwo.DELAY);
      arrivals.awaitCalls(60);
      proxy.heal();

      arrivals.awaitAnswers(10);
      gateway.awaitReplica(FaultAtOneOfTwo.name(proxy.port()), State.SERVING);
      arrivals.awaitCallsUnderWay();
      int failuresUntilThen = arrivals.failures().size();
      arrivals.awaitAnswers(20);
      arrivals.close();
      System.out.printf("NetworkFaultsIT: %s at the only one, %s%n", fault, arrivals.summary());
      assertThat(arrivals.failures()).hasSize(failuresUntilThen);
      assertThat(arrivals.failures())
          .filteredOn(failure -> !(TOLD.contains(failure.getClass()) || isRefusal(fault, failure)))
          .isEmpty();
      assertThat(arrivals.slowest()).isLessThan(DEADLINE.plus(GRACE));
      if (fault != Fault.LATENCY) {
        assertThat(arrivals.failures()).as("the fault was felt").isNotEmpty();
      }
    }
  }

  private static boolean isRefusal(Fault fault, Throwable failure) {
    return SILENT.contains(fault)
        && failure instanceof OverloadedException overloaded
        && overloaded.retryAfter().isPresent();
  }

  @Test
  void serverThatAcceptsAConnectionAndNeverSpeaksOnItIsTriedAgain(@TempDir Path folder)
      throws Exception {
    try (FaultProxy proxy = FaultProxy.before(first.port());
        GatewayServer gateway =
            GatewayServer.start(FaultAtOneOfTwo.name(proxy.port()), REPLICAS, folder)) {
      proxy.inject(Fault.RESET, Duration.ZERO);
      gateway.awaitReplica(FaultAtOneOfTwo.name(proxy.port()), State.ABSENT);
      int connections = proxy.accepted();

      proxy.inject(Fault.HALF_OPEN, Duration.ZERO);
      proxy.awaitAccepted(connections + 2);
      proxy.heal();

      gateway.awaitReplica(FaultAtOneOfTwo.name(proxy.port()), State.SERVING);
    }
  }
}
