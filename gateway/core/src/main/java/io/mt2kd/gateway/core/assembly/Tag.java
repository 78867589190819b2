package io.mt2kd.gateway.core.assembly;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * One kind of sound that was heard.
 *
 * @param label of the manifest
 * @param probability logistic function of the label's logit, in [0, 1]
 * @param detected whether the probability reaches the label's own threshold
 */
public record Tag(String label, double probability, boolean detected) {
  private static final Comparator<Tag> MOST_PROBABLE_FIRST =
      Comparator.comparingDouble(Tag::probability).reversed();

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
    List<Tag> tags = new ArrayList<>();
    for (int i = 0; i < logits.length; i++) {
      double probability = 1 / (1 + Math.exp(-logits[i]));
      boolean detected = probability >= thresholds.applyAsDouble(i);
      if (probability >= choice.minimumProbability() && (detected || !choice.detectedOnly())) {
        tags.add(new Tag(labels.get(i), probability, detected));
      }
    }
    tags.sort(MOST_PROBABLE_FIRST);
    return List.copyOf(tags.subList(0, Math.min(tags.size(), choice.maximumTags())));
  }
}
