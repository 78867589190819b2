package io.mt2kd.gateway.core.batching.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.simulation.OverloadSimulation.Run;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What docs/benchmarks/batching.md claims of admission, on fewer arrivals. */
class OverloadSimulationTest {
  private static final int ARRIVALS = 8_000;

  @ParameterizedTest
  @EnumSource(CostCurve.class)
  void keepsItsGoodputAtThreeTimesTheCapacity(CostCurve curve) {
    int arrivals = curve == CostCurve.CPU ? ARRIVALS : 5 * ARRIVALS;
    double capacity = OverloadSimulation.capacity(curve, Workload.POISSON, arrivals);
    Run peak = OverloadSimulation.admitted(curve, Workload.POISSON, capacity, arrivals, 0);
    Run overload = OverloadSimulation.admitted(curve, Workload.POISSON, 3 * capacity, arrivals, 0);

    assertThat(overload.audioGoodput()).isGreaterThan(0.9 * peak.audioGoodput());
    assertThat(overload.outcome().lateShare()).isLessThan(0.001);
    assertThat(overload.outcome().inTimeShare(overload.policy().shed())).isGreaterThan(0.99);
  }

  @ParameterizedTest
  @EnumSource(CostCurve.class)
  void refusesTheBatchClassFirst(CostCurve curve) {
    int arrivals = curve == CostCurve.CPU ? ARRIVALS : 5 * ARRIVALS;
    double capacity = OverloadSimulation.capacity(curve, Workload.POISSON, arrivals);
    Run overload = OverloadSimulation.admitted(curve, Workload.POISSON, 3 * capacity, arrivals, 3);

    assertThat(overload.policy().inTimeShare(Priority.INTERACTIVE))
        .isGreaterThan(3 * overload.policy().inTimeShare(Priority.BATCH));
    assertThat(overload.policy().inTimeShare(Priority.BATCH)).as("not starved").isGreaterThan(0);
  }
}
