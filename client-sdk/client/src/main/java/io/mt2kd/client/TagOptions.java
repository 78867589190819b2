package io.mt2kd.client;

/**
 * How tags are chosen.
 *
 * @param maxTags at most so many; 0 means 5
 * @param minProbability only tags of at least this probability, in [0, 1]
 * @param detectedOnly only tags that are {@link Tag#detected()}
 */
public record TagOptions(int maxTags, double minProbability, boolean detectedOnly) {
  /** The gateway's: at most five tags of any probability. */
  public static final TagOptions DEFAULT = new TagOptions(0, 0);

  /** Tags detected or not. */
  public TagOptions(int maxTags, double minProbability) {
    this(maxTags, minProbability, false);
  }
}
