package io.mt2kd.gateway.core.batching.internal.cost;

/**
 * How wrong predictions have been: the mean of |time - predicted| / predicted, 1 at most, in which
 * each loses its weight with every later one.
 */
final class PredictionError {
  private static final double FIRST = 0.25;

  private final double fade;
  private double mean = FIRST;

  /**
   * @param fade weight of the newest; about the last {@code 1 / fade} count
   */
  PredictionError(double fade) {
    this.fade = fade;
  }

  void observe(double predicted, double seconds) {
    double miss = predicted == 0 ? 1 : Math.min(1, Math.abs(seconds - predicted) / predicted);
    mean += fade * (miss - mean);
  }

  double mean() {
    return mean;
  }
}
