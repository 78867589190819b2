package io.mt2kd.client;

import java.util.List;
import java.util.Optional;

/**
 * Some of a tenant's speakers, in the order of their ids.
 *
 * @param nextPageToken for the page after this one; empty on the last
 */
public record SpeakerPage(List<SpeakerProfile> speakers, Optional<String> nextPageToken) {
  /** Copies the speakers. */
  public SpeakerPage {
    speakers = List.copyOf(speakers);
  }
}
