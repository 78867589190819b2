package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.model.SpeakerCalibration;

/**
 * Whether a voice is that of a speaker.
 *
 * @param decision at the caller's false-accept rate
 * @param logLikelihoodRatio natural logarithm of how many times likelier the voice is under "the
 *     same speaker"
 * @param threshold that the ratio has to reach at that rate
 */
public record Verification(Decision decision, double logLikelihoodRatio, double threshold) {

  /** What to do with the claim. */
  public enum Decision {
    /** The ratio reaches the threshold. */
    ACCEPT,
    /** Likelier than not the same voice, but the ratio does not reach the threshold. */
    UNCERTAIN,
    REJECT
  }

  static Verification of(double ratio, SpeakerCalibration calibration, FalseAcceptRate rate) {
    double threshold = calibration.threshold(rate.value());
    Decision decision =
        ratio >= threshold ? Decision.ACCEPT : ratio > 0 ? Decision.UNCERTAIN : Decision.REJECT;
    return new Verification(decision, ratio, threshold);
  }
}
