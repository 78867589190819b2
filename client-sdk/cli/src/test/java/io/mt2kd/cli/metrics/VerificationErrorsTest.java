package io.mt2kd.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class VerificationErrorsTest {
  private static int[] once(int trials) {
    int[] weights = new int[trials];
    Arrays.fill(weights, 1);
    return weights;
  }

  private static double equalErrorRate(double[] scores, boolean... targets) {
    return new VerificationErrors(scores, targets).equalErrorRate(once(scores.length));
  }

  private static double cost(double prior, double[] scores, boolean... targets) {
    return new VerificationErrors(scores, targets).minimumDetectionCost(prior, once(scores.length));
  }

  @Test
  void separatedScoresHaveNoError() {
    assertThat(equalErrorRate(new double[] {3, 2, 1, 0}, true, true, false, false)).isZero();
    assertThat(cost(0.01, new double[] {3, 2, 1, 0}, true, true, false, false)).isZero();
  }

  @Test
  void reversedScoresAreAlwaysWrong() {
    assertThat(equalErrorRate(new double[] {3, 2, 1, 0}, false, false, true, true)).isEqualTo(1);
    assertThat(cost(0.01, new double[] {3, 2, 1, 0}, false, false, true, true)).isEqualTo(1);
  }

  @Test
  void oneOfFourEachIsAQuarter() {
    // Targets 9 8 7 3, others 5 2 1 0: at 5 <= t the first three targets pass; one other passes at
    // t = 5.
    double[] scores = {9, 8, 7, 3, 5, 2, 1, 0};
    boolean[] targets = {true, true, true, true, false, false, false, false};
    assertThat(equalErrorRate(scores, targets)).isEqualTo(0.25);
    // p = 0.5: the best is one miss and no false alarm, 0.5 * 0.25 / 0.5.
    assertThat(cost(0.5, scores, targets)).isEqualTo(0.25);
    // p = 0.01: the same threshold, 0.01 * 0.25 / 0.01.
    assertThat(cost(0.01, scores, targets)).isCloseTo(0.25, within(1e-12));
  }

  @Test
  void interpolatesBetweenThresholds() {
    // Downwards (miss, false alarm): (1,0) (.5,0) (.5,1/3) (0,1/3): the curves meet on the last
    // step at 1/3.
    assertThat(equalErrorRate(new double[] {4, 3, 2, 1, 0}, true, false, true, false, false))
        .isCloseTo(1.0 / 3, within(1e-12));
    // (1,0) then (1/2, 1) through a tie of one target and the only other: meets at 2/3.
    assertThat(equalErrorRate(new double[] {2, 2, 1}, true, false, true))
        .isCloseTo(2.0 / 3, within(1e-12));
  }

  @Test
  void chanceIsAHalfWhenAllScoresAreEqual() {
    assertThat(equalErrorRate(new double[] {1, 1, 1, 1}, true, false, true, false)).isEqualTo(0.5);
    assertThat(cost(0.01, new double[] {1, 1}, true, false)).isEqualTo(1);
  }

  @Test
  void oneKindOfTrialHasNoRate() {
    assertThat(equalErrorRate(new double[] {1, 2}, true, true)).isNaN();
    assertThat(cost(0.01, new double[] {1, 2}, false, false)).isNaN();
  }

  @Test
  void refusesScoresThatAreNoNumbers() {
    assertThatThrownBy(() -> new VerificationErrors(new double[] {Double.NaN}, new boolean[1]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void weightsCountAsRepetitions(
      @ForAll @Size(min = 6, max = 6) byte[] scores, @ForAll @Size(6) byte[] counts) {
    double[] single = new double[6];
    boolean[] targets = {true, false, true, false, true, false};
    int[] weights = new int[6];
    int total = 0;
    for (int i = 0; i < 6; i++) {
      single[i] = scores[i] % 4;
      weights[i] = 1 + Math.floorMod(counts[i], 3);
      total += weights[i];
    }
    double[] repeated = new double[total];
    boolean[] repeatedTargets = new boolean[total];
    for (int i = 0, at = 0; i < 6; i++) {
      for (int n = 0; n < weights[i]; n++, at++) {
        repeated[at] = single[i];
        repeatedTargets[at] = targets[i];
      }
    }
    VerificationErrors weighted = new VerificationErrors(single, targets);
    assertThat(weighted.equalErrorRate(weights))
        .isBetween(0.0, 1.0)
        .isCloseTo(equalErrorRate(repeated, repeatedTargets), within(1e-12));
    assertThat(weighted.minimumDetectionCost(0.01, weights))
        .isBetween(0.0, 1.0)
        .isCloseTo(cost(0.01, repeated, repeatedTargets), within(1e-12));
  }
}
