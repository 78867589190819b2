package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;

/**
 * Which candidates a caller wants.
 *
 * @param maximumCandidates at most so many, 1 to 100
 * @param falseAcceptRate at which the first is accepted
 */
public record IdentificationChoice(int maximumCandidates, FalseAcceptRate falseAcceptRate) {
  /** Of callers that do not say. */
  public static final IdentificationChoice DEFAULT =
      new IdentificationChoice(5, FalseAcceptRate.DEFAULT);

  /**
   * @throws InvalidArgumentException on {@code max_candidates}
   */
  public IdentificationChoice {
    if (maximumCandidates < 1 || maximumCandidates > 100) {
      throw InvalidArgumentException.of(
          "max_candidates", maximumCandidates, "1 to 100, or 0 for 5");
    }
  }
}
