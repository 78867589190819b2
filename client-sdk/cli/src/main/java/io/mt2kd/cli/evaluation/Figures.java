package io.mt2kd.cli.evaluation;

import io.mt2kd.cli.metrics.Bootstrap.Estimate;
import io.mt2kd.cli.metrics.WordErrors;
import java.util.List;

/** What an evaluation found, by kind. What failed is not in the estimates. */
public final class Figures {
  private Figures() {}

  /**
   * Of transcripts.
   *
   * @param wordErrorRate over speakers
   */
  public record Recognition(
      int utterances, int failed, int speakers, WordErrors errors, Estimate wordErrorRate) {}

  /**
   * Of tags.
   *
   * @param labels that occur in the manifest
   * @param unknownLabels of those, which the model does not have
   */
  public record Tagging(
      int clips,
      int failed,
      int labels,
      List<String> unknownLabels,
      Estimate meanAveragePrecision,
      Estimate topOneAccuracy) {}

  /** Of trials. */
  public record Verification(
      int trials,
      int targets,
      int failed,
      int enrollments,
      Estimate equalErrorRate,
      Estimate minimumDetectionCost) {}
}
