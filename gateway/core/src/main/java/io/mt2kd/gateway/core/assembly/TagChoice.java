package io.mt2kd.gateway.core.assembly;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;

/**
 * Which tags a caller wants.
 *
 * @param maximumTags at most so many, 1 to 1,000
 * @param minimumProbability only those at least so probable, in [0, 1]
 * @param detectedOnly only those that reach their label's own threshold
 */
public record TagChoice(int maximumTags, double minimumProbability, boolean detectedOnly) {
  /** Of callers that do not say. */
  public static final TagChoice DEFAULT = new TagChoice(5, 0, false);

  /**
   * @throws InvalidArgumentException on {@code max_tags} or {@code min_probability}
   */
  public TagChoice {
    if (maximumTags < 1 || maximumTags > 1000) {
      throw InvalidArgumentException.of("max_tags", maximumTags, "1 to 1000, or 0 for 5");
    }
    if (!(minimumProbability >= 0 && minimumProbability <= 1)) {
      throw InvalidArgumentException.of("min_probability", minimumProbability, "0 to 1");
    }
  }
}
