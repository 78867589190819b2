package io.mt2kd.it.hostile;

import static io.mt2kd.it.hostile.HostileCase.analyze;
import static io.mt2kd.it.hostile.HostileCase.recording;
import static io.mt2kd.it.hostile.HostileWav.audio;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Status;
import io.mt2kd.it.harness.Waveforms;
import io.mt2kd.v1.AnalyzeRequest;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.IdentificationOptions;
import io.mt2kd.v1.TagOptions;
import io.mt2kd.v1.Task;
import java.util.List;
import java.util.stream.Stream;

/** Good recordings in bad requests. */
final class HostileRequests {
  static final Audio GOOD = audio(WavBytes.of(Waveforms.voiceLike(16_000, 5))).build();

  private static final String RATES = "0.0001 to 0.5";
  private static final String IDS = "at most 128 characters of [A-Za-z0-9._-]";

  private HostileRequests() {}

  static List<HostileCase> all() {
    return Stream.of(tasks(), identifiers(), options(), sizes()).flatMap(List::stream).toList();
  }

  private static List<HostileCase> tasks() {
    return List.of(
        analyze("no task", good().clearTasks(), "tasks", "at least one"),
        analyze(
            "a task twice", good().addTasks(Task.TASK_AUDIO_TAGGING), "tasks[1]", "each task once"),
        analyze(
            "the unspecified task",
            good().addTasks(Task.TASK_UNSPECIFIED),
            "tasks[1]",
            "TASK_SPEECH_RECOGNITION"),
        analyze("an unknown task", good().addTasksValue(77), "tasks[1]", "TASK_SPEECH_RECOGNITION"),
        analyze("no audio", good().clearAudio(), "audio", "a recording"),
        analyze(
            "audio without content",
            good().setAudio(Audio.newBuilder()),
            "audio.content",
            "a recording"));
  }

  private static List<HostileCase> identifiers() {
    return List.of(
        analyze(
            "request id with a newline",
            good().setRequestId("a\nERROR all is lost"),
            "request_id",
            IDS),
        analyze(
            "request id of 129 characters",
            good().setRequestId("x".repeat(129)),
            "request_id",
            IDS),
        analyze(
            "request id of a megabyte",
            good().setRequestId("x".repeat(1 << 20)),
            "request_id",
            IDS),
        analyze("request id beyond ASCII", good().setRequestId("\u202Egnp.exe"), "request_id", IDS),
        analyze("tenant that is a path", good(), "mt2kd-tenant", "1 to 128 characters")
            .by("../other"),
        analyze("tenant that is SQL", good(), "mt2kd-tenant", "1 to 128 characters")
            .by("x' OR 1=1 --"),
        analyze("empty tenant", good(), "mt2kd-tenant", "1 to 128 characters").by(""),
        analyze("tenant of 129 characters", good(), "mt2kd-tenant", "1 to 128 characters")
            .by("t".repeat(129)));
  }

  private static List<HostileCase> options() {
    return List.of(
        analyze("-1 tags", tags(-1, 0), "tag_options.max_tags", "1 to 1000"),
        analyze(
            "2,147,483,647 tags", tags(Integer.MAX_VALUE, 0), "tag_options.max_tags", "1 to 1000"),
        analyze("probability of -0.5", tags(1, -0.5f), "tag_options.min_probability", "0 to 1"),
        analyze("probability of 2", tags(1, 2), "tag_options.min_probability", "0 to 1"),
        analyze(
            "probability that is no number",
            tags(1, Float.NaN),
            "tag_options.min_probability",
            "0 to 1"),
        analyze(
            "-1 candidates",
            candidates(-1, 0),
            "identification_options.max_candidates",
            "1 to 100"),
        analyze(
            "101 candidates",
            candidates(101, 0),
            "identification_options.max_candidates",
            "1 to 100"),
        analyze(
            "false-accept rate of -1",
            candidates(1, -1),
            "identification_options.false_accept_rate",
            RATES),
        analyze(
            "false-accept rate of 2",
            candidates(1, 2),
            "identification_options.false_accept_rate",
            RATES),
        analyze(
            "false-accept rate that is no number",
            candidates(1, Float.NaN),
            "identification_options.false_accept_rate",
            RATES),
        analyze(
            "false-accept rate of 1 in 100,000",
            candidates(1, 1e-5f),
            "identification_options.false_accept_rate",
            RATES));
  }

  private static List<HostileCase> sizes() {
    return List.of(
        recording(
            "60 MB of zeros", Audio.newBuilder().setContent(zeros(60)), "encoding", "WAV, FLAC"),
        recording("200 MB of zeros", Audio.newBuilder().setContent(zeros(200)), "", "")
            .with(Status.Code.RESOURCE_EXHAUSTED));
  }

  static AnalyzeRequest.Builder good() {
    return AnalyzeRequest.newBuilder().setAudio(GOOD).addTasks(Task.TASK_AUDIO_TAGGING);
  }

  private static AnalyzeRequest.Builder tags(int most, float least) {
    return good().setTagOptions(TagOptions.newBuilder().setMaxTags(most).setMinProbability(least));
  }

  private static AnalyzeRequest.Builder candidates(int most, float rate) {
    return good()
        .addTasks(Task.TASK_SPEAKER_IDENTIFICATION)
        .setIdentificationOptions(
            IdentificationOptions.newBuilder().setMaxCandidates(most).setFalseAcceptRate(rate));
  }

  private static ByteString zeros(int megabytes) {
    return UnsafeByteOperations.unsafeWrap(new byte[megabytes << 20]);
  }
}
