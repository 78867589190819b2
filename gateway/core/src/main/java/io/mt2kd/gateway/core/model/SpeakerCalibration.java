package io.mt2kd.gateway.core.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a score of two voiceprints means, fitted on held-out trials. The score is their cosine,
 * normalised where there is a cohort.
 *
 * <p>The log-likelihood ratio of a score <i>s</i> is {@code scale * s + offset} (natural logarithm;
 * the linear calibration of Brümmer and du Preez, 2006). The ratio that a stranger reaches with
 * probability <i>r</i> is read from a table, linearly in {@code ln r} between its rows and along
 * the outer two rows beyond them.
 *
 * @param calibration the line
 * @param falseAccept the table, at least two rows; kept in descending order of rate
 * @param cohort that scores are normalised with; null: they are plain cosines
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record SpeakerCalibration(
    Line calibration,
    @JsonProperty("false_accept") List<FalseAccept> falseAccept,
    @Nullable Cohort cohort) {

  /**
   * @param scale greater than 0
   * @param offset any
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Line(double scale, double offset) {}

  /**
   * @param rate share of strangers that reach the ratio, in (0, 1)
   * @param logLikelihoodRatio natural logarithm
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record FalseAccept(
      double rate, @JsonProperty("log_likelihood_ratio") double logLikelihoodRatio) {}

  /**
   * @throws IllegalArgumentException when the line does not rise or the table is no function
   */
  public SpeakerCalibration {
    if (calibration == null
        || !(calibration.scale() > 0)
        || !Double.isFinite(calibration.scale())
        || !Double.isFinite(calibration.offset())) {
      throw new IllegalArgumentException(
          "model manifest: speaker.calibration: " + calibration + " (expected: scale > 0)");
    }
    if (falseAccept == null
        || falseAccept.size() < 2
        || falseAccept.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(
          "model manifest: speaker.false_accept: " + falseAccept + " (expected: two rows or more)");
    }
    falseAccept =
        falseAccept.stream()
            .sorted(Comparator.comparingDouble(FalseAccept::rate).reversed())
            .toList();
    for (int i = 0; i < falseAccept.size(); i++) {
      FalseAccept row = falseAccept.get(i);
      boolean inRange =
          row.rate() > 0 && row.rate() < 1 && Double.isFinite(row.logLikelihoodRatio());
      boolean rises =
          i == 0
              || (row.rate() < falseAccept.get(i - 1).rate()
                  && row.logLikelihoodRatio() >= falseAccept.get(i - 1).logLikelihoodRatio());
      if (!inRange || !rises) {
        throw new IllegalArgumentException(
            "model manifest: speaker.false_accept: "
                + row
                + " (expected: rates in (0, 1), each once, the ratio rising as the rate falls)");
      }
    }
  }

  /**
   * Natural logarithm of how many times likelier the score is between recordings of one voice than
   * of two.
   */
  public double logLikelihoodRatio(double score) {
    return calibration.scale() * score + calibration.offset();
  }

  /**
   * The ratio to be reached for acceptance.
   *
   * @param falseAcceptRate in (0, 1)
   */
  public double threshold(double falseAcceptRate) {
    int upper = 1;
    while (upper < falseAccept.size() - 1 && falseAccept.get(upper).rate() > falseAcceptRate) {
      upper++;
    }
    FalseAccept left = falseAccept.get(upper - 1);
    FalseAccept right = falseAccept.get(upper);
    double position =
        (Math.log(falseAcceptRate) - Math.log(left.rate()))
            / (Math.log(right.rate()) - Math.log(left.rate()));
    return left.logLikelihoodRatio()
        + position * (right.logLikelihoodRatio() - left.logLikelihoodRatio());
  }
}
