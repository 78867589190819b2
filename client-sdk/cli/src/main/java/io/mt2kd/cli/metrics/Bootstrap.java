package io.mt2kd.cli.metrics;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Percentile bootstrap (Efron, 1979): the units (speakers, clips, trials) are drawn anew with
 * replacement, as many as there are, a thousand times; the interval reaches from the 2.5th to the
 * 97.5th percentile of what the statistic then is. Resamples without a value (no target in them)
 * are left out. The same seed gives the same interval.
 */
public final class Bootstrap {
  /** Resamples of one interval. */
  public static final int RESAMPLES = 1000;

  private static final double TAIL = 0.025;

  private final long seed;

  /** With this seed. */
  public Bootstrap(long seed) {
    this.seed = seed;
  }

  /**
   * Value and 95 % interval of a statistic.
   *
   * @param units how many units there are; 0 gives NaN everywhere
   * @param statistic of how many times each unit counts
   */
  public Estimate estimate(int units, ToDoubleFunction<int[]> statistic) {
    int[] once = IntStream.range(0, units).map(unit -> 1).toArray();
    double value = units == 0 ? Double.NaN : statistic.applyAsDouble(once);
    if (Double.isNaN(value)) {
      return new Estimate(Double.NaN, Double.NaN, Double.NaN);
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[RESAMPLES];
    int[] weights = new int[units];
    for (int resample = 0; resample < RESAMPLES; resample++) {
      Arrays.fill(weights, 0);
      for (int draw = 0; draw < units; draw++) {
        weights[random.nextInt(units)]++;
      }
      values[resample] = statistic.applyAsDouble(weights);
    }
    double[] sorted = Arrays.stream(values).filter(v -> !Double.isNaN(v)).sorted().toArray();
    return new Estimate(value, quantile(sorted, TAIL), quantile(sorted, 1 - TAIL));
  }

  /** Linear between the neighbouring order statistics. */
  private static double quantile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double position = share * (sorted.length - 1);
    int below = (int) Math.floor(position);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }

  /**
   * A value with its 95 % interval; NaN where there is none.
   *
   * @param low 2.5th percentile
   * @param high 97.5th percentile
   */
  public record Estimate(double value, double low, double high) {}
}
