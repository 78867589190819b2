package io.mt2kd.gateway.grpc;

import static io.mt2kd.gateway.grpc.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest.FieldViolation;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.AnalyzeRequest;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.Task;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every value of an analysis that can never be served, and the words it is refused with. */
@Timeout(20)
class InvalidRequestTest {
  private static final String TASKS =
      "TASK_SPEECH_RECOGNITION, TASK_AUDIO_TAGGING or TASK_SPEAKER_IDENTIFICATION";

  @RegisterExtension final GatewayInProcess gateway = new GatewayInProcess();

  static Stream<Arguments> invalid() {
    return Stream.of(
        invalid("audio", "nothing (expected: a recording)", r -> r.clearAudio()),
        invalid(
            "audio.content",
            "0 bytes (expected: 2 bytes)",
            r -> r.setAudio(Audio.getDefaultInstance())),
        invalid(
            "audio.content",
            "20.1000 s of audio (expected: 0.1 to 20 s of audio)",
            r -> r.setAudio(recording(201, 0))),
        invalid(
            "audio.encoding",
            "99 (expected: a value of mt2kd.v1.AudioEncoding)",
            r -> r.getAudioBuilder().setEncodingValue(99)),
        invalid("tasks", "none (expected: at least one)", r -> r.clearTasks()),
        invalid(
            "tasks[1]",
            "TASK_AUDIO_TAGGING (expected: each task once)",
            r -> r.addTasks(Task.TASK_AUDIO_TAGGING)),
        invalid(
            "tasks[1]",
            "TASK_UNSPECIFIED (expected: " + TASKS + ")",
            r -> r.addTasks(Task.TASK_UNSPECIFIED)),
        invalid("tasks[1]", "77 (expected: " + TASKS + ")", r -> r.addTasksValue(77)),
        invalid("tasks[1]", "-1 (expected: " + TASKS + ")", r -> r.addTasksValue(-1)),
        invalid(
            "tag_options.max_tags",
            "-1 (expected: 1 to 1000, or 0 for 5)",
            r -> r.getTagOptionsBuilder().setMaxTags(-1)),
        invalid(
            "tag_options.max_tags",
            "1001 (expected: 1 to 1000, or 0 for 5)",
            r -> r.getTagOptionsBuilder().setMaxTags(1001)),
        invalid(
            "tag_options.min_probability",
            "1.5 (expected: 0 to 1)",
            r -> r.getTagOptionsBuilder().setMinProbability(1.5f)),
        invalid(
            "tag_options.min_probability",
            "NaN (expected: 0 to 1)",
            r -> r.getTagOptionsBuilder().setMinProbability(Float.NaN)),
        invalid(
            "identification_options.max_candidates",
            "101 (expected: 1 to 100, or 0 for 5)",
            r -> r.getIdentificationOptionsBuilder().setMaxCandidates(101)),
        invalid(
            "identification_options.max_candidates",
            "-5 (expected: 1 to 100, or 0 for 5)",
            r -> r.getIdentificationOptionsBuilder().setMaxCandidates(-5)),
        invalid(
            "identification_options.false_accept_rate",
            "0.75 (expected: 0.0001 to 0.5, or 0 for 0.01)",
            r -> r.getIdentificationOptionsBuilder().setFalseAcceptRate(0.75f)),
        invalid(
            "identification_options.false_accept_rate",
            "-Infinity (expected: 0.0001 to 0.5, or 0 for 0.01)",
            r -> r.getIdentificationOptionsBuilder().setFalseAcceptRate(Float.NEGATIVE_INFINITY)),
        invalid(
            "request_id",
            "a b (expected: at most 128 characters of [A-Za-z0-9._-])",
            r -> r.setRequestId("a b")),
        invalid(
            "request_id",
            "a\uFFFDERROR (expected: at most 128 characters of [A-Za-z0-9._-])",
            r -> r.setRequestId("a\nERROR")),
        invalid(
            "request_id",
            "a".repeat(80) + "… (expected: at most 128 characters of [A-Za-z0-9._-])",
            r -> r.setRequestId("a".repeat(129))));
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void refusesWithFieldValueAndExpectation(
      String field, String problem, Consumer<AnalyzeRequest.Builder> change) {
    FieldViolation violation = refusal(change).violation();

    assertThat(violation.getField()).isEqualTo(field);
    assertThat(violation.getDescription()).isEqualTo(problem);
    assertThat(gateway.backend.batches).isEmpty();
    assertServesRightAfter();
  }

  @Test
  void refusesARequestIdThatIsLongerThanAStatusMayBe() {
    // Echoed, it would not fit into the trailers and the caller would see another error instead.
    Refusal refusal = refusal(r -> r.setRequestId("a".repeat(100_000)));

    assertThat(refusal.violation().getField()).isEqualTo("request_id");
    assertThat(refusal.requestId()).matches("[0-9a-f-]{36}");
  }

  @Test
  void echoesTheRequestIdOfARefusedCall() {
    assertThat(refusal(r -> r.setRequestId("r-7").clearTasks()).requestId()).isEqualTo("r-7");
  }

  @Test
  void refusesLongAndStrangeContentBriefly() {
    Audio audio = Audio.newBuilder().setContent(ByteString.copyFrom(new byte[500_000])).build();

    assertThat(refusal(r -> r.setAudio(audio)).violation().getDescription())
        .isEqualTo("500000 bytes (expected: 2 bytes)");
  }

  private Refusal refusal(Consumer<AnalyzeRequest.Builder> change) {
    AnalyzeRequest.Builder request = good();
    change.accept(request);
    return Refusal.of(
        () -> AnalysisServiceGrpc.newBlockingStub(gateway.channel()).analyze(request.build()));
  }

  private void assertServesRightAfter() {
    assertThat(
            AnalysisServiceGrpc.newBlockingStub(gateway.channel())
                .analyze(good().build())
                .getTags()
                .getTagsCount())
        .isEqualTo(2);
  }

  private static AnalyzeRequest.Builder good() {
    return AnalyzeRequest.newBuilder().setAudio(recording(10, 0)).addTasks(Task.TASK_AUDIO_TAGGING);
  }

  private static Arguments invalid(
      String field, String problem, Consumer<AnalyzeRequest.Builder> change) {
    return arguments(field, problem, change);
  }
}
