package io.mt2kd.it.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.ManagedChannel;
import io.mt2kd.client.Analysis;
import io.mt2kd.client.AnalyzeRequest;
import io.mt2kd.client.ModelInfo;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Receipt;
import io.mt2kd.client.Recognition;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Tag;
import io.mt2kd.client.TagOptions;
import io.mt2kd.client.TagRequest;
import io.mt2kd.client.Tagging;
import io.mt2kd.client.Task;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.ModelRepository;
import io.mt2kd.it.harness.Waveforms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of one recording. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
abstract class GatewaySuite {
  static final String REPLICA = "replica-under-test";

  private static final Recording CLIP =
      Recording.pcm16(Waveforms.voiceLike(20_000, 3), Waveforms.RATE);
  private static final double TOLERANCE = 1e-5;

  private GatewayServer gateway;
  private Mt2kdClient client;

  /** To the server behind the gateway, which closes it. */
  abstract ManagedChannel backend();

  @BeforeAll
  void startGateway(@TempDir Path folder) throws Exception {
    gateway = GatewayServer.start(backend(), REPLICA, folder);
    client = gateway.client();
  }

  @AfterAll
  void stopGateway() {
    client.close();
    gateway.close();
  }

  final Mt2kdClient client() {
    return client;
  }

  final GatewayServer gateway() {
    return gateway;
  }

  @Test
  void answersEverySubsetOfTasksAndNothingElse() {
    Analysis all = client.analyze(CLIP, Task.values());
    for (Set<Task> tasks : subsets()) {
      Analysis some = client.analyze(CLIP, tasks.toArray(Task[]::new));

      assertThat(some.receipt().tasks()).isEqualTo(tasks);
      assertThat(some.transcript().text())
          .isEqualTo(tasks.contains(Task.SPEECH_RECOGNITION) ? all.transcript().text() : "");
      List<Tag> tags = tasks.contains(Task.AUDIO_TAGGING) ? all.tags() : List.of();
      assertThat(some.tags()).extracting(Tag::label).isEqualTo(labels(tags));
      for (int i = 0; i < tags.size(); i++) {
        assertThat(Math.abs(some.tags().get(i).probability() - tags.get(i).probability()))
            .isLessThan(TOLERANCE);
      }
    }
  }

  @Test
  void answersTheSingleTasksAsAnalyzeDoes() {
    Analysis analysis = client.analyze(CLIP, Task.SPEECH_RECOGNITION, Task.AUDIO_TAGGING);
    Recognition recognition = client.recognize(RecognizeRequest.of(CLIP));
    Tagging tagging = client.tag(TagRequest.of(CLIP));

    assertThat(recognition.transcript()).isEqualTo(analysis.transcript());
    assertThat(labels(tagging.tags())).isEqualTo(labels(analysis.tags()));
    assertThat(recognition.receipt().tasks()).containsExactly(Task.SPEECH_RECOGNITION);
    assertThat(tagging.receipt().tasks()).containsExactly(Task.AUDIO_TAGGING);
  }

  @Test
  void sortsTagsAndLimitsThem() {
    List<Tag> all = client.tag(TagRequest.of(CLIP).withOptions(new TagOptions(1000, 0))).tags();

    assertThat(all)
        .hasSize(client.getModel().labels().size())
        .isSortedAccordingTo(Comparator.comparingDouble(Tag::probability).reversed())
        .allMatch(tag -> tag.probability() >= 0 && tag.probability() <= 1);
    assertThat(client.tag(TagRequest.of(CLIP)).tags()).hasSize(5);
    double third = all.get(2).probability();
    assertThat(client.tag(TagRequest.of(CLIP).withOptions(new TagOptions(9, third - 1e-6))).tags())
        .hasSizeBetween(3, 4);
  }

  @Test
  void placesWordsInsideTheRecording() {
    Recognition recognition = client.recognize(RecognizeRequest.of(CLIP));

    Duration end = recognition.receipt().audio();
    assertThat(recognition.transcript().words())
        .allSatisfy(
            word -> {
              assertThat(word.start()).isBetween(Duration.ZERO, word.end());
              assertThat(word.end()).isLessThanOrEqualTo(end.plusMillis(80));
              assertThat(word.confidence()).isPositive().isLessThanOrEqualTo(1);
            })
        .isSortedAccordingTo(Comparator.comparing(word -> word.start()));
    assertThat(recognition.transcript().text())
        .isEqualTo(
            String.join(
                " ", recognition.transcript().words().stream().map(word -> word.text()).toList()));
  }

  @Test
  void saysInTheReceiptWhatTheCallCost() throws Exception {
    Receipt receipt =
        client
            .analyze(AnalyzeRequest.of(CLIP, Task.AUDIO_TAGGING).withRequestId("call-7.of_my.own"))
            .receipt();

    assertThat(receipt.requestId()).isEqualTo("call-7.of_my.own");
    assertThat(receipt.modelFingerprint()).isEqualTo(ModelRepository.fingerprint());
    assertThat(receipt.replica()).isEqualTo(REPLICA);
    assertThat(receipt.audio()).isEqualTo(Duration.ofMillis(1_250));
    assertThat(receipt.bucket()).isEqualTo(Duration.ofMillis(1_500));
    assertThat(receipt.padding()).isEqualTo(Duration.ZERO);
    assertThat(receipt.batchSize()).isPositive();
    assertThat(receipt.backendTime()).isPositive();
    assertThat(receipt.totalTime())
        .isGreaterThanOrEqualTo(
            receipt.decodeTime().plus(receipt.queueTime()).plus(receipt.backendTime()));
    assertThat(receipt.gatewayTime())
        .isEqualTo(receipt.totalTime().minus(receipt.queueTime()).minus(receipt.backendTime()));
    assertThat(receipt.omittedTasks()).isEmpty();
  }

  @Test
  void describesTheModel() throws Exception {
    JsonNode manifest = ModelRepository.manifest();
    ModelInfo model = client.getModel();

    assertThat(model.name()).isEqualTo(manifest.path("name").asText());
    assertThat(model.fingerprint()).isEqualTo(ModelRepository.fingerprint());
    assertThat(model.labels()).hasSize(manifest.path("labels").size());
    assertThat(model.embeddingSize()).isEqualTo(manifest.path("embedding_size").asInt());
    assertThat(model.minAudio()).isEqualTo(Duration.ofMillis(100));
    assertThat(model.maxAudio()).isEqualTo(Duration.ofSeconds(30));
    assertThat(model.buckets()).hasSize(manifest.path("bucket_seconds").size());
    assertThat(model.backend().replica()).isEqualTo(REPLICA);
    assertThat(model.backend().server()).isEqualTo(serverName());
  }

  /** How the server behind the gateway names itself. */
  abstract String serverName();

  @Test
  void answersManyCallsAtATimeEachItsOwn() throws Exception {
    List<CompletableFuture<Analysis>> answers = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      short[] samples = Waveforms.voiceLike(8_000 + 640 * i, i);
      answers.add(
          client
              .async()
              .analyze(
                  AnalyzeRequest.of(
                          Recording.pcm16(samples, Waveforms.RATE),
                          Task.SPEECH_RECOGNITION,
                          Task.AUDIO_TAGGING)
                      .withRequestId("many-" + i)));
    }
    for (int i = 0; i < answers.size(); i++) {
      Receipt receipt = answers.get(i).get(120, TimeUnit.SECONDS).receipt();
      assertThat(receipt.requestId()).isEqualTo("many-" + i);
      assertThat(receipt.audio()).isEqualTo(Duration.ofMillis(500 + 40 * i));
    }
  }

  @Test
  void givesUpAtTheCallersDeadline() {
    RecognizeRequest longest =
        RecognizeRequest.of(
            Recording.pcm16(Waveforms.voiceLike(30 * Waveforms.RATE, 3), Waveforms.RATE));
    Duration half = fastest(longest).dividedBy(2);
    long before = gateway.callsStarted();

    assertThatThrownBy(() -> client.withTimeout(half).recognize(longest))
        .isInstanceOf(io.mt2kd.client.DeadlineExceededException.class);

    assertThat(gateway.callsStarted() - before)
        .as("the call reached the gateway before its deadline")
        .isEqualTo(1);
    assertThat(client.recognize(RecognizeRequest.of(CLIP)).receipt().audio())
        .isEqualTo(Duration.ofMillis(1_250));
  }

  private Duration fastest(RecognizeRequest request) {
    return Stream.generate(() -> client.recognize(request).receipt().totalTime())
        .limit(3)
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static List<String> labels(List<Tag> tags) {
    return tags.stream().map(Tag::label).toList();
  }

  /** All seven: each task is in or out, and one is in. */
  private static List<Set<Task>> subsets() {
    List<Set<Task>> subsets = new ArrayList<>(List.of(EnumSet.noneOf(Task.class)));
    for (Task task : Task.values()) {
      for (Set<Task> without : List.copyOf(subsets)) {
        Set<Task> with = EnumSet.of(task);
        with.addAll(without);
        subsets.add(with);
      }
    }
    return subsets.subList(1, subsets.size());
  }
}
