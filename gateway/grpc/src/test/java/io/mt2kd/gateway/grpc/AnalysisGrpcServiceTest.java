package io.mt2kd.gateway.grpc;

import static io.mt2kd.gateway.grpc.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.Duration;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.AnalyzeRequest;
import io.mt2kd.v1.AnalyzeResponse;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.GetModelRequest;
import io.mt2kd.v1.GetModelResponse;
import io.mt2kd.v1.ModelServiceGrpc;
import io.mt2kd.v1.Receipt;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.RecognizeRequest;
import io.mt2kd.v1.RecognizeResponse;
import io.mt2kd.v1.TagAudioRequest;
import io.mt2kd.v1.TagAudioResponse;
import io.mt2kd.v1.TaggingServiceGrpc;
import io.mt2kd.v1.Task;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(20)
class AnalysisGrpcServiceTest {
  @RegisterExtension final GatewayInProcess gateway = new GatewayInProcess();

  static Stream<List<Task>> subsetsOfTasks() {
    List<Task> tasks =
        List.of(
            Task.TASK_SPEECH_RECOGNITION,
            Task.TASK_AUDIO_TAGGING,
            Task.TASK_SPEAKER_IDENTIFICATION);
    return IntStream.range(1, 8)
        .mapToObj(
            bits -> {
              List<Task> subset = new ArrayList<>();
              for (int i = 0; i < 3; i++) {
                if ((bits >> i & 1) == 1) {
                  subset.add(tasks.get(i));
                }
              }
              return subset;
            });
  }

  @ParameterizedTest
  @MethodSource("subsetsOfTasks")
  void answersTheTasksThatWereAskedAndNoOther(List<Task> tasks) {
    AnalyzeResponse response =
        analyze(AnalyzeRequest.newBuilder().setAudio(recording(10, 0)).addAllTasks(tasks));

    assertThat(response.hasTranscript()).isEqualTo(tasks.contains(Task.TASK_SPEECH_RECOGNITION));
    assertThat(response.hasTags()).isEqualTo(tasks.contains(Task.TASK_AUDIO_TAGGING));
    assertThat(response.hasSpeaker()).isEqualTo(tasks.contains(Task.TASK_SPEAKER_IDENTIFICATION));
    assertThat(response.getReceipt().getTasksList()).containsExactlyElementsOf(tasks);
    assertThat(gateway.backend.batches).hasSize(1);
    assertThat(gateway.backend.batches.element().heads()).hasSameSizeAs(tasks);
  }

  @Test
  void orderOfTheTasksDoesNotMatter() {
    assertThat(
            analyze(
                    AnalyzeRequest.newBuilder()
                        .setAudio(recording(10, 0))
                        .addTasks(Task.TASK_AUDIO_TAGGING)
                        .addTasks(Task.TASK_SPEECH_RECOGNITION))
                .getTranscript()
                .getText())
        .isEqualTo("yes");
  }

  @Test
  void recognizesWithTimesAndConfidence() {
    RecognizeResponse response =
        RecognitionServiceGrpc.newBlockingStub(gateway.channel())
            .recognize(RecognizeRequest.newBuilder().setAudio(recording(10, 0)).build());

    assertThat(response.getTranscript().getText()).isEqualTo("yes");
    assertThat(response.getTranscript().getWords(0).getStartTime()).isEqualTo(millis(40));
    assertThat(response.getTranscript().getWords(0).getEndTime()).isEqualTo(millis(80));
    assertThat(response.getTranscript().getWords(0).getConfidence())
        .isEqualTo(0.9048f, within(1e-4f));
    assertThat(gateway.backend.batches.element().heads()).isEqualTo(Set.of(Head.ASR));
  }

  @Test
  void tagsTheMostProbableFirst() {
    TagAudioResponse response =
        TaggingServiceGrpc.newBlockingStub(gateway.channel())
            .tagAudio(TagAudioRequest.newBuilder().setAudio(recording(10, 0)).build());

    assertThat(response.getTags().getTagsList())
        .extracting(io.mt2kd.v1.Tag::getLabel)
        .containsExactly("dog", "rain");
    assertThat(response.getTags().getTags(0).getProbability()).isEqualTo(0.9526f, within(1e-4f));
    assertThat(gateway.backend.batches.element().heads()).isEqualTo(EnumSet.of(Head.AT));
  }

  @Test
  void leavesOutTagsThatTheCallerDoesNotWant() {
    TagAudioRequest.Builder request = TagAudioRequest.newBuilder().setAudio(recording(10, 0));
    request.getOptionsBuilder().setMinProbability(0.5f);

    assertThat(
            TaggingServiceGrpc.newBlockingStub(gateway.channel())
                .tagAudio(request.build())
                .getTags()
                .getTagsCount())
        .isEqualTo(1);
  }

  @Test
  void saysWhichTagsAreDetectedAndReturnsOnlyThemWhereAsked() {
    TagAudioRequest.Builder request = TagAudioRequest.newBuilder().setAudio(recording(10, 0));
    var tagging = TaggingServiceGrpc.newBlockingStub(gateway.channel());

    assertThat(tagging.tagAudio(request.build()).getTags().getTagsList())
        .extracting(io.mt2kd.v1.Tag::getDetected)
        .containsExactly(true, false);
    request.getOptionsBuilder().setDetectedOnly(true);
    assertThat(tagging.tagAudio(request.build()).getTags().getTagsList())
        .extracting(io.mt2kd.v1.Tag::getLabel)
        .containsExactly("dog");
  }

  @Test
  void receiptSaysWhatTheCallCost() {
    Receipt receipt =
        analyze(
                AnalyzeRequest.newBuilder()
                    .setRequestId("my-call_1.0")
                    .setAudio(recording(12, 0))
                    .addTasks(Task.TASK_AUDIO_TAGGING))
            .getReceipt();

    assertThat(receipt.getRequestId()).isEqualTo("my-call_1.0");
    assertThat(receipt.getModelFingerprint()).isEqualTo("sha256:aa");
    assertThat(receipt.getReplica()).isEqualTo("fake:8001");
    assertThat(receipt.getAudioDuration()).isEqualTo(millis(1200));
    assertThat(receipt.getBucketDuration()).isEqualTo(millis(1500));
    assertThat(receipt.getPaddingDuration()).isEqualTo(millis(50));
    assertThat(receipt.getBatchSize()).isEqualTo(1);
    assertThat(receipt.getBackendTime()).isEqualTo(millis(7));
    assertThat(receipt.getTotalTime()).isNotEqualTo(Duration.getDefaultInstance());
    assertThat(nanos(receipt.getGatewayTime()))
        .isEqualTo(
            nanos(receipt.getTotalTime())
                - nanos(receipt.getQueueTime())
                - nanos(receipt.getBackendTime()));
    assertThat(receipt.getOmittedTasksList()).isEmpty();
  }

  @Test
  void receiptNamesATaskThatWasAskedForAndDidNotRun() {
    gateway.backend.answer =
        batch ->
            CompletableFuture.completedFuture(
                FakeBackend.hear(
                    new UtteranceBatch(
                        batch.id(), batch.waveforms(), batch.paddedSamples(), Set.of(Head.ASR))));

    AnalyzeResponse response =
        analyze(
            AnalyzeRequest.newBuilder()
                .setAudio(recording(10, 0))
                .addTasks(Task.TASK_SPEECH_RECOGNITION)
                .addTasks(Task.TASK_AUDIO_TAGGING));

    assertThat(response.getReceipt().getTasksList()).containsExactly(Task.TASK_SPEECH_RECOGNITION);
    assertThat(response.getReceipt().getOmittedTasksList())
        .containsExactly(Task.TASK_AUDIO_TAGGING);
    assertThat(response.hasTranscript()).isTrue();
    assertThat(response.hasTags()).isFalse();
  }

  @Test
  void makesARequestIdWhereTheCallerGivesNone() {
    AnalyzeRequest.Builder request =
        AnalyzeRequest.newBuilder().setAudio(recording(10, 0)).addTasks(Task.TASK_AUDIO_TAGGING);

    String first = analyze(request).getReceipt().getRequestId();
    String second = analyze(request).getReceipt().getRequestId();

    assertThat(first).matches("[0-9a-f-]{36}").isNotEqualTo(second);
    assertThat(gateway.backend.batches.element().id()).isEqualTo(first);
  }

  @Test
  void saysWhatIsServed() {
    GetModelResponse response =
        ModelServiceGrpc.newBlockingStub(gateway.channel())
            .getModel(GetModelRequest.getDefaultInstance());

    assertThat(response.getModel().getName()).isEqualTo("fake");
    assertThat(response.getModel().getFingerprint()).isEqualTo("sha256:aa");
    assertThat(response.getModel().getLabelsList()).containsExactly("dog", "rain");
    assertThat(response.getModel().getMinAudioDuration()).isEqualTo(millis(100));
    assertThat(response.getModel().getMaxAudioDuration()).isEqualTo(millis(20_000));
    assertThat(response.getModel().getBucketDurationsList())
        .containsExactly(millis(1000), millis(1500), millis(20_000));
    assertThat(response.getModel().getEmbeddingSize()).isEqualTo(2);
    assertThat(response.getModel().getMaxBatchSize()).isEqualTo(8);
    assertThat(response.getModel().getMaxRequestBytes()).isEqualTo(1 << 20);
    assertThat(response.getBackend().getServer()).isEqualTo("fake-server");
    assertThat(response.getBackend().getVersion()).isEqualTo("9.9");
    assertThat(response.getBackend().getReplica()).isEqualTo("fake:8001");
  }

  @Test
  void isUnavailableWhileThereIsNoModel() {
    gateway.backend.model =
        () -> {
          throw new UnavailableException("the model is not ready");
        };

    Refusal model =
        Refusal.of(
            () ->
                ModelServiceGrpc.newBlockingStub(gateway.channel())
                    .getModel(GetModelRequest.getDefaultInstance()));
    Refusal analysis =
        Refusal.of(
            () ->
                analyze(
                    AnalyzeRequest.newBuilder()
                        .setAudio(Audio.getDefaultInstance())
                        .addTasks(Task.TASK_AUDIO_TAGGING)));

    assertThat(List.of(model, analysis))
        .allSatisfy(
            refusal -> {
              assertThat(refusal.code()).isEqualTo(Status.Code.UNAVAILABLE);
              assertThat(refusal.message()).isEqualTo("the model is not ready");
              assertThat(refusal.has(RetryInfo.class)).isTrue();
            });
  }

  private AnalyzeResponse analyze(AnalyzeRequest.Builder request) {
    return AnalysisServiceGrpc.newBlockingStub(gateway.channel()).analyze(request.build());
  }

  private static long nanos(Duration duration) {
    return duration.getSeconds() * 1_000_000_000 + duration.getNanos();
  }

  private static Duration millis(long millis) {
    return Replies.duration(java.time.Duration.ofMillis(millis));
  }
}
