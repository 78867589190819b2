package io.mt2kd.client;

/**
 * How tags are chosen.
 *
 * @param maxTags at most so many; 0 means 5
 * @param minProbability only tags of at least this probability, in [0, 1]
 */
public record TagOptions(int maxTags, double minProbability) {
  /** The gateway's: at most five tags of any probability. */
  public static final TagOptions DEFAULT = new TagOptions(0, 0);
}
