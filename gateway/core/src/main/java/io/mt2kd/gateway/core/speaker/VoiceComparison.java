package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.model.Cohort;
import io.mt2kd.gateway.core.model.Cohort.Nearness;
import io.mt2kd.gateway.core.model.SpeakerCalibration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Scores one voice against others: the cosine, normalised where the model has a cohort, calibrated
 * to a natural-log likelihood ratio. What concerns the one voice alone is computed once.
 */
final class VoiceComparison {
  private final Voiceprint test;
  private final SpeakerCalibration calibration;
  private final @Nullable Nearness nearness;

  VoiceComparison(Voiceprint test, SpeakerCalibration calibration) {
    this.test = test;
    this.calibration = calibration;
    Cohort cohort = calibration.cohort();
    this.nearness = cohort == null ? null : cohort.nearness(test.values());
  }

  double logLikelihoodRatio(Voiceprint enrolment) {
    double cosine = test.cosine(enrolment);
    Cohort cohort = calibration.cohort();
    return calibration.logLikelihoodRatio(
        cohort == null || nearness == null
            ? cosine
            : Cohort.normalised(cosine, cohort.nearness(enrolment.values()), nearness));
  }

  /**
   * Against the mean of voices; where they cancel out, its cosine is 0 and it is near to nobody.
   */
  double logLikelihoodRatioToMean(List<Voiceprint> voices) {
    Optional<Voiceprint> mean = Voiceprint.direction(voices);
    if (mean.isPresent()) {
      return logLikelihoodRatio(mean.get());
    }
    return calibration.logLikelihoodRatio(
        nearness == null ? 0 : Cohort.normalised(0, nearness, nearness));
  }
}
