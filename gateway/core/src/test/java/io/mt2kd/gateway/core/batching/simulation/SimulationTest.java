package io.mt2kd.gateway.core.batching.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.simulation.Simulation.Contender;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What docs/benchmarks/batching.md claims of the policy, on fewer arrivals. */
class SimulationTest {
  private static final int ARRIVALS = 20_000;

  @Test
  void answersMoreThanAnySimplerPolicyWhereBatchesAreCheap() {
    Outcome gateway = outcome("gateway", CostCurve.GPU, Workload.POISSON, 2);

    assertThat(gateway.missed()).isLessThan(0.001);
    assertThat(gateway.latencyMillis(0.95)).isLessThan(150);
    for (String simpler : List.of("no batching", "FIFO, as Triton", "fixed delay 20 ms")) {
      Outcome other = outcome(simpler, CostCurve.GPU, Workload.POISSON, 2);
      assertThat(other.throughput()).as(simpler).isLessThan(0.9 * gateway.throughput());
      assertThat(other.missed()).as(simpler).isGreaterThan(0.3);
    }
  }

  @Test
  void answersInTimeWhatItAnswersUnderOverload() {
    Outcome gateway = outcome("gateway", CostCurve.CPU, Workload.BURSTY, 1.5);

    assertThat(gateway.refusedShare()).isGreaterThan(0.2);
    assertThat(gateway.lateShare()).isLessThan(0.03);
    assertThat(outcome("no batching", CostCurve.CPU, Workload.BURSTY, 1.5).missed())
        .isGreaterThan(gateway.missed() + 0.2);
  }

  @Test
  void longRecordingsHoldNobodyUpWhereBatchesGainNothing() {
    // In full batches a burst's long ones make one in twenty late.
    assertThat(outcome("gateway", CostCurve.CPU, Workload.BURSTY, 0.5).missed()).isLessThan(0.03);
  }

  @Test
  void paddingIsAllThatItCostsWhereBatchesGainNothing() {
    Outcome gateway = outcome("gateway", CostCurve.CPU, Workload.POISSON, 0.5);
    Outcome alone = outcome("no batching", CostCurve.CPU, Workload.POISSON, 0.5);

    assertThat(gateway.missed()).isLessThan(0.001);
    assertThat(gateway.latencyMillis(0.5)).isLessThan(1.5 * alone.latencyMillis(0.5));
    assertThat(gateway.paddingShare()).isLessThan(0.18);
  }

  private static Outcome outcome(String name, CostCurve curve, Workload workload, double load) {
    Contender contender =
        Simulation.CONTENDERS.stream().filter(c -> c.name().equals(name)).findAny().orElseThrow();
    Outcome outcome = Simulation.outcome(contender, curve, workload, load, ARRIVALS);
    assertThat(outcome.meanBatch()).as(name).isBetween(1.0, 8.0);
    return outcome;
  }
}
