package io.mt2kd.gateway.core.speaker;

import java.util.List;
import java.util.Optional;

/**
 * Who spoke.
 *
 * @param candidates best first
 * @param accepted the first candidate where its ratio reaches the threshold
 */
public record Identification(List<Candidate> candidates, Optional<SpeakerId> accepted) {
  /** Nobody was there to compare with. */
  static final Identification NOBODY = new Identification(List.of(), Optional.empty());

  public Identification {
    candidates = List.copyOf(candidates);
  }

  /**
   * @param speaker compared with
   * @param logLikelihoodRatio natural logarithm
   */
  public record Candidate(SpeakerId speaker, double logLikelihoodRatio) {}
}
