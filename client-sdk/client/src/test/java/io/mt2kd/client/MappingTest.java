package io.mt2kd.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.protobuf.Timestamp;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.AnalyzeResponse;
import io.mt2kd.v1.DeleteSpeakerResponse;
import io.mt2kd.v1.EnrollSpeakerResponse;
import io.mt2kd.v1.GetModelResponse;
import io.mt2kd.v1.IdentifySpeakerResponse;
import io.mt2kd.v1.ListSpeakersResponse;
import io.mt2kd.v1.ModelServiceGrpc;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.TagAudioResponse;
import io.mt2kd.v1.TaggingServiceGrpc;
import io.mt2kd.v1.VerifySpeakerResponse;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every field of the contract, there and back. */
class MappingTest {
  private static final String RECEIPT =
      """
      receipt {
        request_id: "r-1" model_fingerprint: "sha256:ab" replica: "gpu-3"
        tasks: TASK_AUDIO_TAGGING tasks: 99
        audio_duration { seconds: 1 nanos: 500000000 } bucket_duration { seconds: 2 }
        padding_duration { nanos: 500000000 } batch_size: 4
        decode_time { nanos: 1000000 } queue_time { nanos: 2000000 }
        backend_time { nanos: 3000000 } total_time { nanos: 6000000 }
        gateway_time { nanos: 1500000 } omitted_tasks: TASK_SPEECH_RECOGNITION
      }
      """;
  private static final Receipt EXPECTED_RECEIPT =
      new Receipt(
          "r-1",
          "sha256:ab",
          "gpu-3",
          Set.of(Task.AUDIO_TAGGING),
          java.time.Duration.ofMillis(1500),
          java.time.Duration.ofSeconds(2),
          java.time.Duration.ofMillis(500),
          4,
          java.time.Duration.ofMillis(1),
          java.time.Duration.ofMillis(2),
          java.time.Duration.ofMillis(3),
          java.time.Duration.ofMillis(6),
          java.time.Duration.ofNanos(1_500_000),
          Set.of(Task.SPEECH_RECOGNITION));

  @RegisterExtension final InProcess local = new InProcess();

  private static <M extends Message> M parse(Class<M> type, String... text) throws Exception {
    return TextFormat.parse(String.join("\n", text), type);
  }

  @Test
  void analysis() throws Exception {
    local.gateway.reply(
        AnalysisServiceGrpc.getAnalyzeMethod(),
        parse(
            AnalyzeResponse.class,
            "transcript { text: 'yes' words { text: 'yes' start_time { nanos: 40000000 }",
            "end_time { nanos: 400000000 } confidence: 0.5 } }",
            "tags { tags { label: 'dog' probability: 0.75 detected: true } }",
            "speaker { candidates { speaker: 'speakers/alice' log_likelihood_ratio: 3.5 }",
            "accepted_speaker: 'speakers/alice' }",
            RECEIPT));
    Analysis analysis =
        local
            .builder()
            .build()
            .analyze(
                AnalyzeRequest.of(
                        Recording.wav(new byte[] {1, 2}),
                        Task.SPEAKER_IDENTIFICATION,
                        Task.SPEECH_RECOGNITION)
                    .withRequestId("r-1")
                    .withTagOptions(new TagOptions(3, 0.25, true))
                    .withIdentificationOptions(new IdentificationOptions(2, 0.125)));
    assertThat(local.gateway.onlyReceived().request())
        .isEqualTo(
            parse(
                io.mt2kd.v1.AnalyzeRequest.class,
                "request_id: 'r-1' audio { encoding: AUDIO_ENCODING_WAV content: '\\001\\002' }",
                "tasks: TASK_SPEECH_RECOGNITION tasks: TASK_SPEAKER_IDENTIFICATION",
                "tag_options { max_tags: 3 min_probability: 0.25 detected_only: true }",
                "identification_options { max_candidates: 2 false_accept_rate: 0.125 }"));
    assertThat(analysis)
        .isEqualTo(
            new Analysis(
                new Transcript(
                    "yes",
                    List.of(
                        new Word(
                            "yes",
                            java.time.Duration.ofMillis(40),
                            java.time.Duration.ofMillis(400),
                            0.5))),
                List.of(new Tag("dog", 0.75, true)),
                new SpeakerIdentification(
                    List.of(new SpeakerMatch("alice", 3.5)), Optional.of("alice")),
                EXPECTED_RECEIPT));
  }

  @Test
  void whatWasNotAskedForIsEmpty() {
    Analysis analysis = local.builder().build().analyze(Call.clip(), Task.AUDIO_TAGGING);
    assertThat(analysis.transcript()).isEqualTo(Transcript.EMPTY);
    assertThat(analysis.tags()).isEmpty();
    assertThat(analysis.speaker()).isEqualTo(SpeakerIdentification.EMPTY);
  }

  @Test
  void tagging() throws Exception {
    local.gateway.reply(
        TaggingServiceGrpc.getTagAudioMethod(),
        parse(
            TagAudioResponse.class,
            "tags { tags { label: 'a' probability: 0.5 } tags { label: 'b' } }",
            RECEIPT));
    Tagging tagging =
        local.builder().build().tag(TagRequest.of(Call.clip()).withOptions(new TagOptions(2, 0)));
    assertThat(tagging)
        .isEqualTo(
            new Tagging(
                List.of(new Tag("a", 0.5, false), new Tag("b", 0, false)), EXPECTED_RECEIPT));
    assertThat(
            ((io.mt2kd.v1.TagAudioRequest) local.gateway.onlyReceived().request())
                .getOptions()
                .getMaxTags())
        .isEqualTo(2);
  }

  @Test
  void verification() throws Exception {
    local.gateway.reply(
        SpeakerServiceGrpc.getVerifySpeakerMethod(),
        parse(
            VerifySpeakerResponse.class,
            "decision: DECISION_UNCERTAIN log_likelihood_ratio: 1.5 threshold: 2.5",
            RECEIPT));
    Verification verification =
        local
            .builder()
            .build()
            .verify(
                VerifyRequest.of("speakers/alice", Call.clip(), Call.clip())
                    .withFalseAcceptRate(0.25));
    assertThat(verification)
        .isEqualTo(new Verification(Decision.UNCERTAIN, 1.5, 2.5, EXPECTED_RECEIPT));
    assertThat(verification.accepted()).isFalse();
    var request = (io.mt2kd.v1.VerifySpeakerRequest) local.gateway.onlyReceived().request();
    assertThat(request.getName()).isEqualTo("speakers/alice");
    assertThat(request.getRecordingsCount()).isEqualTo(2);
    assertThat(request.getFalseAcceptRate()).isEqualTo(0.25f);
  }

  @Test
  void identification() throws Exception {
    local.gateway.reply(
        SpeakerServiceGrpc.getIdentifySpeakerMethod(),
        parse(
            IdentifySpeakerResponse.class,
            "speaker { candidates { speaker: 'speakers/bob' log_likelihood_ratio: -1.5 } }",
            RECEIPT));
    assertThat(local.builder().build().identify(IdentifyRequest.of(Call.clip())))
        .isEqualTo(
            new Identification(
                new SpeakerIdentification(List.of(new SpeakerMatch("bob", -1.5)), Optional.empty()),
                EXPECTED_RECEIPT));
  }

  @Test
  void enrollment() throws Exception {
    local.gateway.reply(
        SpeakerServiceGrpc.getEnrollSpeakerMethod(),
        EnrollSpeakerResponse.newBuilder()
            .setSpeaker(
                Replies.ALICE.toBuilder()
                    .setCreateTime(Timestamp.newBuilder().setSeconds(1_000))
                    .setUpdateTime(Timestamp.newBuilder().setSeconds(2_000)))
            .setMissingSpeechDuration(Duration.newBuilder().setSeconds(3))
            .setCohesion(0.5f)
            .mergeFrom(parse(EnrollSpeakerResponse.class, RECEIPT))
            .build());
    Enrollment enrollment =
        local
            .builder()
            .build()
            .enroll(EnrollRequest.of("alice", Call.clip()).withDisplayName("Alice"));
    assertThat(enrollment)
        .isEqualTo(
            new Enrollment(
                new SpeakerProfile(
                    "alice",
                    "u-1",
                    "Alice",
                    SpeakerProfile.State.ENROLLED,
                    2,
                    java.time.Duration.ofSeconds(9),
                    "sha256:ab",
                    Instant.ofEpochSecond(1_000),
                    Instant.ofEpochSecond(2_000)),
                java.time.Duration.ofSeconds(3),
                0.5,
                EXPECTED_RECEIPT));
    var request = (io.mt2kd.v1.EnrollSpeakerRequest) local.gateway.onlyReceived().request();
    assertThat(request.getSpeakerId()).isEqualTo("alice");
    assertThat(request.getDisplayName()).isEqualTo("Alice");
  }

  @Test
  void speakers() throws Exception {
    local.gateway.reply(
        SpeakerServiceGrpc.getListSpeakersMethod(),
        ListSpeakersResponse.newBuilder().addSpeakers(Replies.ALICE).setNextPageToken("t").build());
    local.gateway.reply(
        SpeakerServiceGrpc.getDeleteSpeakerMethod(),
        parse(DeleteSpeakerResponse.class, "erased_reference_count: 2"));
    Mt2kdClient client = local.builder().build();
    SpeakerPage page = client.listSpeakers(new ListSpeakersRequest(7, "s"));
    assertThat(page.speakers()).extracting(SpeakerProfile::id).containsExactly("alice");
    assertThat(page.nextPageToken()).contains("t");
    assertThat(local.gateway.onlyReceived().request())
        .isEqualTo(parse(io.mt2kd.v1.ListSpeakersRequest.class, "page_size: 7 page_token: 's'"));
    assertThat(client.getSpeaker("alice").referenceCount()).isEqualTo(2);
    assertThat(client.deleteSpeaker("alice")).isEqualTo(2);
    assertThat(local.gateway.received().get(2).request().toString()).contains("speakers/alice");
  }

  @Test
  void model() throws Exception {
    local.gateway.reply(
        ModelServiceGrpc.getGetModelMethod(),
        parse(
            GetModelResponse.class,
            "model { name: 'm' version: '1' fingerprint: 'f' labels: 'dog' labels: 'cat'",
            "sample_rate_hertz: 16000 min_audio_duration { nanos: 100000000 } max_audio_duration { seconds: 30 }",
            "bucket_durations { seconds: 1 } bucket_durations { seconds: 2 } embedding_size: 192",
            "max_batch_size: 8 max_request_bytes: 1000 }",
            "backend { server: 'triton' version: '2.51.0' replica: 'r' }"));
    assertThat(local.builder().build().getModel())
        .isEqualTo(
            new ModelInfo(
                "m",
                "1",
                "f",
                List.of("dog", "cat"),
                16_000,
                java.time.Duration.ofMillis(100),
                java.time.Duration.ofSeconds(30),
                List.of(java.time.Duration.ofSeconds(1), java.time.Duration.ofSeconds(2)),
                192,
                8,
                1_000,
                new ModelInfo.Backend("triton", "2.51.0", "r")));
  }
}
