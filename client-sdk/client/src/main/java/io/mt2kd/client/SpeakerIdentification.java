package io.mt2kd.client;

import java.util.List;
import java.util.Optional;

/**
 * Who spoke.
 *
 * @param candidates best first; empty when the tenant has no enrolled speaker for this model, or
 *     identification was not asked for
 * @param acceptedSpeakerId the first candidate where it is accepted at the requested false-accept
 *     rate
 */
public record SpeakerIdentification(
    List<SpeakerMatch> candidates, Optional<String> acceptedSpeakerId) {
  /** What is there when identification was not asked for. */
  public static final SpeakerIdentification EMPTY =
      new SpeakerIdentification(List.of(), Optional.empty());

  /** Copies the candidates. */
  public SpeakerIdentification {
    candidates = List.copyOf(candidates);
  }
}
