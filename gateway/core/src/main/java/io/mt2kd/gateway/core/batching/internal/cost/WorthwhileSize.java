package io.mt2kd.gateway.core.batching.internal.cost;

/**
 * How many utterances a batch should hold at most, as far as the backend has shown it. A GPU needs
 * less time for each utterance the more there are; a processor may need more, because a large batch
 * outgrows its caches. A line over the number of utterances, as predictions are, cannot show that.
 *
 * <ol>
 *   <li>Of each size the time for one utterance, busy time over size, is averaged over about the
 *       last {@value #LAST} batches of it, and counts once there have been {@value #SEEN}.
 *   <li>Full batches are worthwhile, unless an utterance costs less than {@value #MUCH_LESS} of what
 *       it costs there in batches of a smaller size: then the size at which it costs least is.
 *   <li>Every {@value #TRIAL}th batch may be full all the same: what a full one costs is not known
 *       for ever. Small ones run by themselves whenever there is little to do.
 * </ol>
 *
 * <p>Not thread-safe.
 */
final class WorthwhileSize {
  private static final int LAST = 8;
  private static final int SEEN = 4;
  private static final double MUCH_LESS = 0.85;
  private static final int TRIAL = 64;

  private double[] secondsEach = new double[0];
  private int[] seen = new int[0];
  private long batches;

  /** A batch of so many kept its replica busy for so long. */
  void observe(int size, double seconds) {
    if (size >= seen.length) {
      secondsEach = java.util.Arrays.copyOf(secondsEach, size + 1);
      seen = java.util.Arrays.copyOf(seen, size + 1);
    }
    batches++;
    seen[size]++;
    double share = 1.0 / Math.min(seen[size], LAST);
    secondsEach[size] += share * (seconds / size - secondsEach[size]);
  }

  /** At most {@code most}, which is a full batch. */
  int of(int most) {
    if (most >= seen.length || seen[most] < SEEN || batches % TRIAL == 0) {
      return most;
    }
    int best = most;
    double least = MUCH_LESS * secondsEach[most];
    for (int size = 1; size < most; size++) {
      if (seen[size] >= SEEN && secondsEach[size] < least) {
        best = size;
        least = secondsEach[size];
      }
    }
    return best;
  }
}
