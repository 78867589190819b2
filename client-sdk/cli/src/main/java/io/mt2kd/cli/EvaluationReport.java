package io.mt2kd.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mt2kd.cli.evaluation.Figures;
import io.mt2kd.cli.metrics.Bootstrap.Estimate;
import java.util.Locale;

/**
 * Figures as text and JSON. Names in JSON are part of the interface; rates are in [0, 1], null
 * where there is none.
 */
final class EvaluationReport {
  private EvaluationReport() {}

  static void put(ObjectNode json, Figures.Recognition figures) {
    ObjectNode node =
        json.putObject("recognition")
            .put("utterances", figures.utterances())
            .put("failed", figures.failed())
            .put("speakers", figures.speakers())
            .put("reference_words", figures.errors().referenceWords())
            .put("substitutions", figures.errors().substitutions())
            .put("deletions", figures.errors().deletions())
            .put("insertions", figures.errors().insertions());
    put(node, "word_error_rate", figures.wordErrorRate());
  }

  static void put(ObjectNode json, Figures.Tagging figures) {
    ObjectNode node =
        json.putObject("tagging")
            .put("clips", figures.clips())
            .put("failed", figures.failed())
            .put("labels", figures.labels());
    ArrayNode unknown = node.putArray("unknown_labels");
    figures.unknownLabels().forEach(unknown::add);
    put(node, "mean_average_precision", figures.meanAveragePrecision());
    put(node, "top_one_accuracy", figures.topOneAccuracy());
  }

  static void put(ObjectNode json, Figures.Verification figures) {
    ObjectNode node =
        json.putObject("verification")
            .put("trials", figures.trials())
            .put("targets", figures.targets())
            .put("failed", figures.failed())
            .put("enrollments", figures.enrollments());
    put(node, "equal_error_rate", figures.equalErrorRate());
    put(node, "minimum_detection_cost", figures.minimumDetectionCost());
  }

  static String text(Figures.Recognition figures) {
    return format(
        "recognition   WER %s; %d utterances of %d speakers, %d words: %d substituted, %d deleted, %d inserted; %d failed",
        percent(figures.wordErrorRate()),
        figures.utterances(),
        figures.speakers(),
        figures.errors().referenceWords(),
        figures.errors().substitutions(),
        figures.errors().deletions(),
        figures.errors().insertions(),
        figures.failed());
  }

  static String text(Figures.Tagging figures) {
    return format(
        "tagging       mAP %s, top-1 %s; %d clips, %d labels%s; %d failed",
        percent(figures.meanAveragePrecision()),
        percent(figures.topOneAccuracy()),
        figures.clips(),
        figures.labels(),
        figures.unknownLabels().isEmpty()
            ? ""
            : " (unknown to the model: " + String.join(", ", figures.unknownLabels()) + ")",
        figures.failed());
  }

  static String text(Figures.Verification figures) {
    return format(
        "verification  EER %s, minDCF(0.01) %s; %d trials, %d of them targets, %d enrollments; %d failed",
        percent(figures.equalErrorRate()),
        plain(figures.minimumDetectionCost()),
        figures.trials(),
        figures.targets(),
        figures.enrollments(),
        figures.failed());
  }

  private static void put(ObjectNode json, String name, Estimate estimate) {
    ObjectNode node = json.putObject(name);
    put(node, "value", estimate.value());
    put(node, "low", estimate.low());
    put(node, "high", estimate.high());
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isNaN(value)) {
      node.putNull(name);
    } else {
      node.put(name, value);
    }
  }

  private static String percent(Estimate estimate) {
    return Double.isNaN(estimate.value())
        ? "(none)"
        : format(
            "%.2f %% (%.2f to %.2f)",
            100 * estimate.value(), 100 * estimate.low(), 100 * estimate.high());
  }

  private static String plain(Estimate estimate) {
    return Double.isNaN(estimate.value())
        ? "(none)"
        : format("%.3f (%.3f to %.3f)", estimate.value(), estimate.low(), estimate.high());
  }

  private static String format(String form, Object... values) {
    return String.format(Locale.ROOT, form, values);
  }
}
