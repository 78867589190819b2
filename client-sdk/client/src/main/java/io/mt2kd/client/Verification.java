package io.mt2kd.client;

/**
 * Whether the recordings are the voice of the named speaker.
 *
 * @param logLikelihoodRatio natural logarithm of how many times likelier the recordings are under
 *     "the same voice"
 * @param threshold what the ratio had to reach at the requested false-accept rate
 */
public record Verification(
    Decision decision, double logLikelihoodRatio, double threshold, Receipt receipt) {
  /** Whether the decision is {@link Decision#ACCEPT}. */
  public boolean accepted() {
    return decision == Decision.ACCEPT;
  }
}
