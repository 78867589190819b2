package io.mt2kd.cli.metrics;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How well clips are tagged, over a fixed set of labels.
 *
 * <p>Average precision of a label (Everingham et al., 2010, not interpolated): clips ranked by the
 * label's probability, the sum over ranks of precision times the growth of recall; equal
 * probabilities form one rank. Mean average precision: the plain mean over labels that any counted
 * clip has. Top-1: the share of clips, among those with a label, whose most probable label of the
 * set is one of their own; equal probabilities are decided by the order of the labels.
 */
public final class TaggingQuality {
  private final List<Ranking> labelRankings;
  private final boolean[] labelled;
  private final boolean[] topIsRight;

  /**
   * Of these clips.
   *
   * @param labels the set, in a fixed order
   * @param truth labels of each clip, possibly none
   * @param probabilities of each clip by label; an absent label counts as 0
   */
  public TaggingQuality(
      List<String> labels, List<Set<String>> truth, List<Map<String, Double>> probabilities) {
    int clips = truth.size();
    if (probabilities.size() != clips) {
      throw new IllegalArgumentException(
          "probabilities: " + probabilities.size() + " (expected: " + clips + ")");
    }
    this.labelRankings =
        labels.stream().map(label -> ranking(label, truth, probabilities)).toList();
    this.labelled = new boolean[clips];
    this.topIsRight = new boolean[clips];
    for (int clip = 0; clip < clips; clip++) {
      labelled[clip] = !truth.get(clip).isEmpty();
      topIsRight[clip] = truth.get(clip).contains(top(labels, probabilities.get(clip)));
    }
  }

  private static Ranking ranking(
      String label, List<Set<String>> truth, List<Map<String, Double>> probabilities) {
    double[] scores = new double[truth.size()];
    boolean[] wanted = new boolean[truth.size()];
    for (int clip = 0; clip < scores.length; clip++) {
      scores[clip] = probabilities.get(clip).getOrDefault(label, 0.0);
      wanted[clip] = truth.get(clip).contains(label);
    }
    return new Ranking(scores, wanted);
  }

  private static String top(List<String> labels, Map<String, Double> probabilities) {
    String top = "";
    double best = Double.NEGATIVE_INFINITY;
    for (String label : labels) {
      double probability = probabilities.getOrDefault(label, 0.0);
      if (probability > best) {
        best = probability;
        top = label;
      }
    }
    return top;
  }

  /**
   * In [0, 1]; NaN where no counted clip has a label.
   *
   * @param weights how many times each clip counts
   */
  public double meanAveragePrecision(int[] weights) {
    return labelRankings.stream()
        .mapToDouble(ranking -> averagePrecision(ranking, weights))
        .filter(precision -> !Double.isNaN(precision))
        .average()
        .orElse(Double.NaN);
  }

  private static double averagePrecision(Ranking ranking, int[] weights) {
    double wanted = ranking.total(weights, true);
    if (wanted == 0) {
      return Double.NaN;
    }
    double[] sum = {0};
    double[] before = {0};
    ranking.walk(
        weights,
        (hits, falseHits) -> {
          if (hits > before[0]) {
            sum[0] += hits / (hits + falseHits) * (hits - before[0]) / wanted;
            before[0] = hits;
          }
        });
    return sum[0];
  }

  /**
   * In [0, 1]; NaN where no counted clip has a label.
   *
   * @param weights how many times each clip counts
   */
  public double topOneAccuracy(int[] weights) {
    long right = 0;
    long all = 0;
    for (int clip = 0; clip < weights.length; clip++) {
      if (labelled[clip]) {
        all += weights[clip];
        right += topIsRight[clip] ? weights[clip] : 0;
      }
    }
    return all == 0 ? Double.NaN : (double) right / all;
  }
}
