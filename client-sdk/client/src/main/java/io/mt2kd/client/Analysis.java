package io.mt2kd.client;

import java.util.List;

/**
 * Answers to the tasks that were asked for; what was not asked for is empty.
 *
 * @param transcript what was said
 * @param tags what else was heard, the most probable first
 * @param speaker who spoke
 */
public record Analysis(
    Transcript transcript, List<Tag> tags, SpeakerIdentification speaker, Receipt receipt) {
  /** Copies the tags. */
  public Analysis {
    tags = List.copyOf(tags);
  }
}
