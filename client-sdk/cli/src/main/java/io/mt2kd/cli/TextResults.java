package io.mt2kd.cli;

import io.mt2kd.client.Analysis;
import io.mt2kd.client.Enrollment;
import io.mt2kd.client.ModelInfo;
import io.mt2kd.client.Receipt;
import io.mt2kd.client.SpeakerIdentification;
import io.mt2kd.client.SpeakerProfile;
import io.mt2kd.client.Tag;
import io.mt2kd.client.Task;
import io.mt2kd.client.Verification;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Answers for people. */
final class TextResults {
  private TextResults() {}

  /** Only the tasks that were asked for. */
  static String analysis(String file, Analysis analysis, Set<Task> tasks) {
    List<String> lines = new ArrayList<>();
    lines.add(file);
    if (tasks.contains(Task.SPEECH_RECOGNITION)) {
      lines.add("  said     " + analysis.transcript().text());
    }
    if (tasks.contains(Task.AUDIO_TAGGING)) {
      lines.add("  heard    " + tags(analysis.tags()));
    }
    if (tasks.contains(Task.SPEAKER_IDENTIFICATION)) {
      lines.add("  speaker  " + speaker(analysis.speaker()));
    }
    lines.add("  receipt  " + receipt(analysis.receipt()));
    return String.join("\n", lines);
  }

  /** What does not reach its threshold stands in parentheses. */
  static String tags(List<Tag> tags) {
    return tags.isEmpty()
        ? "(nothing)"
        : tags.stream()
            .map(
                tag ->
                    format(
                        tag.detected() ? "%s %.2f" : "(%s %.2f)", tag.label(), tag.probability()))
            .collect(Collectors.joining(", "));
  }

  static String speaker(SpeakerIdentification speaker) {
    if (speaker.candidates().isEmpty()) {
      return "(nobody is enrolled)";
    }
    String candidates =
        speaker.candidates().stream()
            .map(match -> format("%s %.2f", match.speakerId(), match.logLikelihoodRatio()))
            .collect(Collectors.joining(", "));
    return speaker.acceptedSpeakerId().orElse("(none accepted)")
        + "  log-likelihood ratios: "
        + candidates;
  }

  static String verification(String speaker, Verification verification) {
    return format(
        "%s: %s (log-likelihood ratio %.2f, threshold %.2f)",
        speaker,
        verification.decision().name().toLowerCase(Locale.ROOT),
        verification.logLikelihoodRatio(),
        verification.threshold());
  }

  static String enrollment(Enrollment enrollment) {
    String missing =
        enrollment.missingSpeech().isZero()
            ? ""
            : format(", %s of speech still missing", seconds(enrollment.missingSpeech()));
    return profile(enrollment.speaker())
        + format(", cohesion %.2f", enrollment.cohesion())
        + missing;
  }

  static String profile(SpeakerProfile speaker) {
    return format(
        "%s%s: %s, %d reference(s), %s of speech",
        speaker.id(),
        speaker.displayName().isEmpty() ? "" : " (" + speaker.displayName() + ")",
        speaker.state().name().toLowerCase(Locale.ROOT),
        speaker.referenceCount(),
        seconds(speaker.speech()));
  }

  static String model(ModelInfo model) {
    return String.join(
        "\n",
        "model        " + model.name() + " " + model.version(),
        "fingerprint  " + model.fingerprint(),
        "backend      "
            + model.backend().server()
            + " "
            + model.backend().version()
            + " at "
            + model.backend().replica(),
        format(
            "audio        %s to %s at %d Hz, at most %d bytes",
            seconds(model.minAudio()),
            seconds(model.maxAudio()),
            model.sampleRateHertz(),
            model.maxRequestBytes()),
        "buckets      "
            + model.buckets().stream().map(TextResults::seconds).collect(Collectors.joining(", ")),
        format("batch        at most %d utterances", model.maxBatchSize()),
        format("voiceprint   %d numbers", model.embeddingSize()),
        format("labels       %d: %s", model.labels().size(), String.join(", ", model.labels())));
  }

  static String receipt(Receipt receipt) {
    return format(
        "%s of audio in a bucket of %s, batch of %d, decode %s, queue %s, backend %s, gateway %s, total %s, at %s, request %s",
        seconds(receipt.audio()),
        seconds(receipt.bucket()),
        receipt.batchSize(),
        milliseconds(receipt.decodeTime()),
        milliseconds(receipt.queueTime()),
        milliseconds(receipt.backendTime()),
        milliseconds(receipt.gatewayTime()),
        milliseconds(receipt.totalTime()),
        receipt.replica(),
        receipt.requestId());
  }

  private static String seconds(Duration duration) {
    return format("%.2f s", duration.toNanos() / 1e9);
  }

  private static String milliseconds(Duration duration) {
    return format("%.1f ms", duration.toNanos() / 1e6);
  }

  private static String format(String form, Object... values) {
    return String.format(Locale.ROOT, form, values);
  }
}
