package io.mt2kd.cli.metrics;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Scored items, each of which is wanted or not, from the highest score down; equal scores form one
 * group, which no threshold separates. Ordered once, then evaluated under many weights, as
 * bootstrap resamples need.
 */
final class Ranking {
  private final int[] order;
  private final double[] scores;
  private final boolean[] wanted;

  Ranking(double[] scores, boolean[] wanted) {
    if (scores.length != wanted.length) {
      throw new IllegalArgumentException(
          "scores: " + scores.length + " (expected: " + wanted.length + ")");
    }
    for (double score : scores) {
      if (Double.isNaN(score)) {
        throw new IllegalArgumentException("scores: NaN (expected: a number)");
      }
    }
    this.scores = scores.clone();
    this.wanted = wanted.clone();
    this.order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
  }

  int size() {
    return order.length;
  }

  /** Called after each group of equal scores. */
  interface Step {
    /** So many wanted and unwanted items have this score or a higher one. */
    void accept(double wantedSoFar, double unwantedSoFar);
  }

  /** Walks down; items of weight 0 are not there. */
  void walk(int[] weights, Step step) {
    double wantedSoFar = 0;
    double unwantedSoFar = 0;
    for (int rank = 0; rank < order.length; rank++) {
      int item = order[rank];
      if (wanted[item]) {
        wantedSoFar += weights[item];
      } else {
        unwantedSoFar += weights[item];
      }
      if (rank + 1 == order.length || scores[order[rank + 1]] != scores[item]) {
        step.accept(wantedSoFar, unwantedSoFar);
      }
    }
  }

  double total(int[] weights, boolean ofWanted) {
    return IntStream.range(0, wanted.length)
        .filter(i -> wanted[i] == ofWanted)
        .mapToLong(i -> weights[i])
        .sum();
  }
}
