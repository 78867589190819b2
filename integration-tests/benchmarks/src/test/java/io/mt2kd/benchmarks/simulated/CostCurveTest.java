package io.mt2kd.benchmarks.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CostCurveTest {
  private static final int FIVE_SECONDS = 80_000;

  @Test
  void givesThePublishedTimesOfOneAndOfEight() {
    assertThat(CostCurve.PUBLISHED.nanos(1, FIVE_SECONDS) / 1e6).isCloseTo(5.2, within(0.01));
    assertThat(CostCurve.PUBLISHED.nanos(8, FIVE_SECONDS) / 1e6).isCloseTo(11.8, within(0.01));
  }

  @Test
  void staysNearThePublishedTimesOfLargerBatches() {
    assertThat(CostCurve.PUBLISHED.nanos(16, FIVE_SECONDS) / 1e6)
        .isCloseTo(20.4, within(0.12 * 20.4));
    assertThat(CostCurve.PUBLISHED.nanos(128, FIVE_SECONDS) / 1e6)
        .isCloseTo(139.7, within(0.12 * 139.7));
  }

  @Test
  void namesWhatIsOutOfRange() {
    assertThatThrownBy(() -> new CostCurve(-1, 0)).hasMessageContaining("fixedSeconds: -1.0");
  }
}
