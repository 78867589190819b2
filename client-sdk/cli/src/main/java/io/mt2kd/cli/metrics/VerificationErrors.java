package io.mt2kd.cli.metrics;

import org.jspecify.annotations.Nullable;

/**
 * Errors of a detector over all thresholds t, "accept where score >= t".
 *
 * <p>P_miss(t) is the share of targets below t, P_fa(t) that of non-targets at or above it. Equal
 * error rate: where the two meet, interpolated linearly between the neighbouring thresholds.
 * Minimum detection cost (NIST SRE): the smallest {@code p P_miss(t) + (1 - p) P_fa(t)}, divided by
 * {@code min(p, 1 - p)}, the cost of deciding without listening; costs of a miss and a false alarm
 * are 1.
 */
public final class VerificationErrors {
  private final Ranking ranking;

  /**
   * Of these trials.
   *
   * @param scores higher: likelier the same voice
   * @param targets whether it is the same voice
   */
  public VerificationErrors(double[] scores, boolean[] targets) {
    this.ranking = new Ranking(scores, targets);
  }

  /** Trials. */
  public int size() {
    return ranking.size();
  }

  /**
   * In [0, 1]; NaN unless there are both targets and non-targets.
   *
   * @param weights how many times each trial counts
   */
  public double equalErrorRate(int[] weights) {
    double targets = ranking.total(weights, true);
    double others = ranking.total(weights, false);
    if (targets == 0 || others == 0) {
      return Double.NaN;
    }
    EqualErrorRate search = new EqualErrorRate(targets, others);
    ranking.walk(weights, search);
    return search.result();
  }

  /**
   * In [0, 1]; NaN unless there are both targets and non-targets.
   *
   * @param prior p, probability of a target, in (0, 1)
   * @param weights how many times each trial counts
   */
  public double minimumDetectionCost(double prior, int[] weights) {
    double targets = ranking.total(weights, true);
    double others = ranking.total(weights, false);
    if (targets == 0 || others == 0) {
      return Double.NaN;
    }
    // Above every score: all targets missed, nobody accepted.
    double[] least = {prior};
    ranking.walk(
        weights,
        (accepted, falselyAccepted) ->
            least[0] =
                Math.min(
                    least[0],
                    prior * (targets - accepted) / targets
                        + (1 - prior) * falselyAccepted / others));
    return least[0] / Math.min(prior, 1 - prior);
  }

  /** Walks thresholds downwards: misses fall from 1, false alarms rise from 0. */
  private static final class EqualErrorRate implements Ranking.Step {
    private final double targets;
    private final double others;
    private double miss = 1;
    private double falseAlarm = 0;
    private @Nullable Double crossing;

    EqualErrorRate(double targets, double others) {
      this.targets = targets;
      this.others = others;
    }

    @Override
    public void accept(double accepted, double falselyAccepted) {
      if (crossing != null) {
        return;
      }
      double nextMiss = (targets - accepted) / targets;
      double nextFalseAlarm = falselyAccepted / others;
      if (nextMiss <= nextFalseAlarm) {
        double gapBefore = miss - falseAlarm;
        double gapAfter = nextFalseAlarm - nextMiss;
        double share = gapBefore / (gapBefore + gapAfter);
        crossing = miss + share * (nextMiss - miss);
      }
      miss = nextMiss;
      falseAlarm = nextFalseAlarm;
    }

    double result() {
      // The lowest threshold accepts everybody, so that the curves have met.
      return crossing == null ? Double.NaN : crossing;
    }
  }
}
