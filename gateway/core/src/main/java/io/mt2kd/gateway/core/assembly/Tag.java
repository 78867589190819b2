package io.mt2kd.gateway.core.assembly;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One kind of sound that was heard.
 *
 * @param label of the manifest
 * @param probability logistic function of the label's logit, in [0, 1]
 */
public record Tag(String label, double probability) {
  /**
   * The most probable first; labels of equal probability stay in the manifest's order.
   *
   * @param logits one for each label
   * @param choice which of them the caller wants
   */
  public static List<Tag> rank(float[] logits, List<String> labels, TagChoice choice) {
    if (logits.length != labels.size()) {
      throw new IllegalArgumentException(
          logits.length + " logits for " + labels.size() + " labels");
    }
    return IntStream.range(0, logits.length)
        .mapToObj(i -> new Tag(labels.get(i), 1 / (1 + Math.exp(-logits[i]))))
        .filter(tag -> tag.probability() >= choice.minimumProbability())
        .sorted(Comparator.comparingDouble(Tag::probability).reversed())
        .limit(choice.maximumTags())
        .toList();
  }
}
