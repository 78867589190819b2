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

  TagOptions options() {
    return new TagOptions(maxTags, minProbability);
  }
}
