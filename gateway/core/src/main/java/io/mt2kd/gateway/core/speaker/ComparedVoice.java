package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.model.Cohort;
import io.mt2kd.gateway.core.model.Cohort.Nearness;
import io.mt2kd.gateway.core.model.SpeakerCalibration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One side of a comparison, with what concerns it alone: where the model has a cohort, how near the
 * voice is to those strangers.
 *
 * @param nearness absent without a cohort
 */
record ComparedVoice(Voiceprint voiceprint, @Nullable Nearness nearness) {
  static ComparedVoice of(Voiceprint voiceprint, SpeakerCalibration calibration) {
    Cohort cohort = calibration.cohort();
    return new ComparedVoice(
        voiceprint, cohort == null ? null : cohort.nearness(voiceprint.values()));
  }

  /**
   * The cosine of the two, normalised where the model has a cohort, calibrated to a natural-log
   * likelihood ratio. Both sides are of the model of {@code calibration}.
   */
  double logLikelihoodRatio(ComparedVoice other, SpeakerCalibration calibration) {
    return calibration.logLikelihoodRatio(
        normalised(voiceprint.cosine(other.voiceprint), other.nearness));
  }

  /**
   * Against the mean of voices; where they cancel out, its cosine is 0 and it is near to nobody.
   */
  double logLikelihoodRatioToMean(List<Voiceprint> voices, SpeakerCalibration calibration) {
    Optional<Voiceprint> mean = Voiceprint.direction(voices);
    return mean.isPresent()
        ? logLikelihoodRatio(of(mean.get(), calibration), calibration)
        : calibration.logLikelihoodRatio(normalised(0, nearness));
  }

  private double normalised(double cosine, @Nullable Nearness other) {
    return nearness == null || other == null ? cosine : Cohort.normalised(cosine, other, nearness);
  }
}
