package io.mt2kd.cli;

import io.mt2kd.client.TagOptions;
import picocli.CommandLine.Option;

/** Which tags to show. */
final class TagChoice {
  @Option(
      names = "--max-tags",
      paramLabel = "N",
      description = "At most so many tags. Default: the gateway's 5.")
  private int maxTags;

  @Option(
      names = "--min-probability",
      paramLabel = "P",
      description = "Only tags at least so probable, 0 to 1.")
  private double minProbability;

  @Option(
      names = "--detected-only",
      description =
          "Only tags that reach the model's threshold for them; others are shown in parentheses.")
  private boolean detectedOnly;

  TagOptions options() {
    return new TagOptions(maxTags, minProbability, detectedOnly);
  }
}
