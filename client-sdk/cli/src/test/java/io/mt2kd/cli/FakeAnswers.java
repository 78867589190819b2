package io.mt2kd.cli;

import com.google.protobuf.Duration;
import io.mt2kd.v1.Receipt;
import io.mt2kd.v1.Speaker;
import io.mt2kd.v1.Tag;
import io.mt2kd.v1.TagList;
import io.mt2kd.v1.TagOptions;
import io.mt2kd.v1.Task;
import io.mt2kd.v1.Transcript;
import io.mt2kd.v1.Word;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What the fake gateway makes of the facts that it heard. */
final class FakeAnswers {
  static final List<String> LABELS = List.of("cat", "dog", "speech");

  private FakeAnswers() {}

  static Receipt receipt(String requestId) {
    return Receipt.newBuilder()
        .setRequestId(requestId)
        .setReplica("fake")
        .setBatchSize(1)
        .setAudioDuration(Duration.newBuilder().setSeconds(1))
        .setBucketDuration(Duration.newBuilder().setSeconds(2))
        .setGatewayTime(Duration.newBuilder().setNanos(500_000))
        .addOmittedTasks(Task.TASK_AUDIO_TAGGING)
        .build();
  }

  static Transcript transcript(Map<String, String> heard) {
    String text = heard.getOrDefault("text", "");
    Transcript.Builder transcript = Transcript.newBuilder().setText(text);
    for (String word : text.isEmpty() ? new String[0] : text.split(" ")) {
      transcript.addWords(
          Word.newBuilder()
              .setText(word)
              .setEndTime(Duration.newBuilder().setNanos(500_000_000))
              .setConfidence(0.5f));
    }
    return transcript.build();
  }

  /** Detected from 0.5. */
  static TagList tags(Map<String, String> heard, TagOptions options) {
    return TagList.newBuilder()
        .addAllTags(
            LABELS.stream()
                .map(
                    label -> {
                      float probability = Float.parseFloat(heard.getOrDefault(label, "0"));
                      return Tag.newBuilder()
                          .setLabel(label)
                          .setProbability(probability)
                          .setDetected(probability >= 0.5)
                          .build();
                    })
                .filter(tag -> tag.getDetected() || !options.getDetectedOnly())
                .sorted(Comparator.comparingDouble(Tag::getProbability).reversed())
                .limit(options.getMaxTags() == 0 ? 5 : options.getMaxTags())
                .toList())
        .build();
  }

  static Speaker speaker(String name, List<Double> voices) {
    return Speaker.newBuilder()
        .setName(name)
        .setUid("u")
        .setState(Speaker.State.STATE_ENROLLED)
        .setReferenceCount(voices.size())
        .setSpeechDuration(Duration.newBuilder().setSeconds(voices.size()))
        .build();
  }
}
