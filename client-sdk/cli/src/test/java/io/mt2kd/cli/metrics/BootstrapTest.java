package io.mt2kd.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  /** Mean of a hundred zeros and ones, three tenths of them ones. */
  private static double mean(int[] weights) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += i % 10 < 3 ? weights[i] : 0;
    }
    return sum / Arrays.stream(weights).sum();
  }

  @Test
  void agreesWithTheNormalApproximation() {
    Bootstrap.Estimate estimate = new Bootstrap(1).estimate(100, BootstrapTest::mean);
    double halfWidth = 1.96 * Math.sqrt(0.3 * 0.7 / 100);
    assertThat(estimate.value()).isEqualTo(0.3);
    assertThat(estimate.low()).isCloseTo(0.3 - halfWidth, within(0.025));
    assertThat(estimate.high()).isCloseTo(0.3 + halfWidth, within(0.025));
  }

  @Test
  void theSameSeedGivesTheSameInterval() {
    assertThat(new Bootstrap(7).estimate(100, BootstrapTest::mean))
        .isEqualTo(new Bootstrap(7).estimate(100, BootstrapTest::mean))
        .isNotEqualTo(new Bootstrap(8).estimate(100, BootstrapTest::mean));
  }

  @Test
  void leavesOutResamplesWithoutAValue() {
    Bootstrap.Estimate estimate =
        new Bootstrap(1).estimate(2, weights -> weights[0] == 0 ? Double.NaN : weights[0]);
    assertThat(estimate).isEqualTo(new Bootstrap.Estimate(1, 1, 2));
  }

  @Test
  void nothingGivesNothing() {
    assertThat(new Bootstrap(1).estimate(0, weights -> 1).value()).isNaN();
  }
}
