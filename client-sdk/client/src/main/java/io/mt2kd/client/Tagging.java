package io.mt2kd.client;

import java.util.List;

/**
 * What was heard, and what it cost to find out.
 *
 * @param tags the most probable first
 */
public record Tagging(List<Tag> tags, Receipt receipt) {
  /** Copies the tags. */
  public Tagging {
    tags = List.copyOf(tags);
  }
}
