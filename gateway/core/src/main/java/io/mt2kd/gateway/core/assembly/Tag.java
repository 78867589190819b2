package io.mt2kd.gateway.core.assembly;

import java.util.Comparator;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * One kind of sound that was heard.
 *
 * @param label of the manifest
 * @param probability logistic function of the label's logit, in [0, 1]
 * @param detected whether the probability reaches the label's own threshold
 */
public record Tag(String label, double probability, boolean detected) {
  /**
   * The most probable first; labels of equal probability stay in the manifest's order.
   *
   * @param logits one for each label
   * @param thresholds of each label by its index
   * @param choice which of them the caller wants
   */
  public static List<Tag> rank(
      float[] logits, List<String> labels, IntToDoubleFunction thresholds, TagChoice choice) {
    if (logits.length != labels.size()) {
      throw new IllegalArgumentException(
          logits.length + " logits for " + labels.size() + " labels");
    }
    return IntStream.range(0, logits.length)
        .mapToObj(i -> of(labels.get(i), logits[i], thresholds.applyAsDouble(i)))
        .filter(tag -> tag.probability() >= choice.minimumProbability())
        .filter(tag -> tag.detected() || !choice.detectedOnly())
        .sorted(Comparator.comparingDouble(Tag::probability).reversed())
        .limit(choice.maximumTags())
        .toList();
  }

  private static Tag of(String label, float logit, double threshold) {
    double probability = 1 / (1 + Math.exp(-logit));
    return new Tag(label, probability, probability >= threshold);
  }
}
