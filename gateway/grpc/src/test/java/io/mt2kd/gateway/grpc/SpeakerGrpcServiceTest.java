package io.mt2kd.gateway.grpc;

import static io.mt2kd.gateway.grpc.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.Duration;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.ResourceInfo;
import io.grpc.Status;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.Decision;
import io.mt2kd.v1.DeleteSpeakerRequest;
import io.mt2kd.v1.EnrollSpeakerRequest;
import io.mt2kd.v1.EnrollSpeakerResponse;
import io.mt2kd.v1.GetSpeakerRequest;
import io.mt2kd.v1.IdentifySpeakerRequest;
import io.mt2kd.v1.IdentifySpeakerResponse;
import io.mt2kd.v1.ListSpeakersRequest;
import io.mt2kd.v1.ListSpeakersResponse;
import io.mt2kd.v1.Speaker;
import io.mt2kd.v1.SpeakerCandidate;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.SpeakerServiceGrpc.SpeakerServiceBlockingStub;
import io.mt2kd.v1.VerifySpeakerRequest;
import io.mt2kd.v1.VerifySpeakerResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class SpeakerGrpcServiceTest {
  @RegisterExtension final GatewayInProcess gateway = new GatewayInProcess();

  @Test
  void enrollsInSteps() {
    EnrollSpeakerResponse first = enroll("alice", recording(4, 0));
    EnrollSpeakerResponse second = enroll("alice", recording(6, 60));

    assertThat(first.getSpeaker().getState()).isEqualTo(Speaker.State.STATE_ENROLLING);
    assertThat(first.getMissingSpeechDuration()).isEqualTo(millis(600));
    assertThat(first.getCohesion()).isEqualTo(1);
    assertThat(second.getSpeaker().getState()).isEqualTo(Speaker.State.STATE_ENROLLED);
    assertThat(second.getMissingSpeechDuration()).isEqualTo(Duration.getDefaultInstance());
    assertThat(second.getCohesion()).isEqualTo(0.5f, within(1e-4f));
    assertThat(second.getSpeaker().getReferenceCount()).isEqualTo(2);
    assertThat(second.getSpeaker().getSpeechDuration()).isEqualTo(millis(1000));
    assertThat(second.getSpeaker().getModelFingerprint()).isEqualTo("sha256:aa");
    assertThat(second.getSpeaker().getUid()).isEqualTo(first.getSpeaker().getUid());
    assertThat(second.getSpeaker().getCreateTime().getSeconds()).isEqualTo(42);
    assertThat(get("speakers/alice")).isEqualTo(second.getSpeaker());
  }

  @Test
  void decidesAtTheCallersRate() {
    enroll("alice", recording(20, 0));

    VerifySpeakerResponse at1Percent = verify("speakers/alice", 0.01f, recording(10, 50));
    VerifySpeakerResponse at10Percent = verify("speakers/alice", 0.1f, recording(10, 50));

    assertThat(at1Percent.getDecision()).isEqualTo(Decision.DECISION_UNCERTAIN);
    assertThat(at1Percent.getLogLikelihoodRatio()).isEqualTo(1.428f, within(1e-3f));
    assertThat(at1Percent.getThreshold()).isEqualTo(2, within(1e-4f));
    assertThat(at10Percent.getDecision()).isEqualTo(Decision.DECISION_ACCEPT);
    assertThat(verify("speakers/alice", 0, recording(10, 80)).getDecision())
        .isEqualTo(Decision.DECISION_REJECT);
  }

  @Test
  void identifiesTheBestAndAcceptsByRate() {
    enroll("alice", recording(20, 0));
    enroll("bob", recording(20, 90));

    IdentifySpeakerResponse response =
        stub()
            .identifySpeaker(
                IdentifySpeakerRequest.newBuilder().addRecordings(recording(10, 10)).build());

    assertThat(response.getSpeaker().getCandidatesList())
        .extracting(SpeakerCandidate::getSpeaker)
        .containsExactly("speakers/alice", "speakers/bob");
    assertThat(response.getSpeaker().getAcceptedSpeaker()).isEqualTo("speakers/alice");
  }

  @Test
  void deletesForGood() {
    enroll("alice", recording(10, 0), recording(10, 1));

    assertThat(delete("speakers/alice")).isEqualTo(2);
    Refusal refusal = Refusal.of(() -> delete("speakers/alice"));
    assertThat(refusal.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(refusal.detail(ResourceInfo.class).getResourceName()).isEqualTo("speakers/alice");
    assertThat(refusal.detail(ResourceInfo.class).getResourceType()).isEqualTo("mt2kd.v1.Speaker");
  }

  @Test
  void listsPageByPage() {
    for (int i = 0; i < 5; i++) {
      enroll("s" + i, recording(10, 0));
    }

    List<String> names = new ArrayList<>();
    String token = "";
    int pages = 0;
    do {
      ListSpeakersResponse page = list(2, token);
      page.getSpeakersList().forEach(speaker -> names.add(speaker.getName()));
      token = page.getNextPageToken();
      pages++;
    } while (!token.isEmpty());

    assertThat(names)
        .containsExactly("speakers/s0", "speakers/s1", "speakers/s2", "speakers/s3", "speakers/s4");
    assertThat(pages).isEqualTo(3);
  }

  @Test
  void lastPageHasNoTokenEvenWhereItIsFull() {
    enroll("a", recording(10, 0));
    enroll("b", recording(10, 0));

    assertThat(list(2, "").getNextPageToken()).isEmpty();
  }

  @Test
  void refusesAPageTokenOfItsOwnMaking() {
    assertThat(Refusal.of(() -> list(2, "garbage")).violation().getField()).isEqualTo("page_token");
    assertThat(Refusal.of(() -> list(-1, "")).violation().getField()).isEqualTo("page_size");
  }

  @Test
  void refusesAnotherVoiceWithItsReason() {
    enroll("alice", recording(10, 0));

    Refusal refusal = Refusal.of(() -> enroll("alice", recording(10, 100)));

    assertThat(refusal.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(refusal.reason()).isEqualTo("VOICES_DIFFER");
    assertThat(refusal.detail(PreconditionFailure.class).getViolations(0).getSubject())
        .isEqualTo("speakers/alice");
    assertThat(get("speakers/alice").getReferenceCount()).isEqualTo(1);
  }

  @Test
  void namesTheRecordingThatIsBad() {
    assertThat(
            Refusal.of(() -> enroll("alice", recording(10, 0), Audio.getDefaultInstance()))
                .violation()
                .getField())
        .isEqualTo("recordings[1].content");
    Audio unknown = Audio.newBuilder().setEncodingValue(42).build();
    assertThat(Refusal.of(() -> enroll("alice", recording(10, 0), unknown)).violation().getField())
        .isEqualTo("recordings[1].encoding");
    assertThat(Refusal.of(() -> enroll("alice")).violation().getField()).isEqualTo("recordings");
    assertThat(gateway.backend.batches).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../etc", "a/b", "é", "a b"})
  void refusesAnIdOutOfForm(String id) {
    assertThat(Refusal.of(() -> enroll(id, recording(10, 0))).violation().getField())
        .isEqualTo("speaker_id");
    assertThat(Refusal.of(() -> get("speakers/" + id)).violation().getField()).isEqualTo("name");
    assertThat(Refusal.of(() -> delete(id)).violation().getField()).isEqualTo("name");
  }

  @Test
  void refusesALongDisplayName() {
    EnrollSpeakerRequest request =
        EnrollSpeakerRequest.newBuilder()
            .setSpeakerId("alice")
            .setDisplayName("🦊".repeat(257))
            .addRecordings(recording(10, 0))
            .build();

    assertThat(Refusal.of(() -> stub().enrollSpeaker(request)).violation().getField())
        .isEqualTo("display_name");
    String longest = "🦊".repeat(256);
    assertThat(
            stub()
                .enrollSpeaker(request.toBuilder().setDisplayName(longest).build())
                .getSpeaker()
                .getDisplayName())
        .isEqualTo(longest);
  }

  @Test
  void refusesAVerificationThatCannotBeDecided() {
    assertThat(Refusal.of(() -> verify("speakers/alice", 0, recording(10, 0))).code())
        .isEqualTo(Status.Code.NOT_FOUND);
    enroll("alice", recording(5, 0));
    assertThat(Refusal.of(() -> verify("speakers/alice", 0, recording(10, 0))).reason())
        .isEqualTo("NOT_ENROLLED");
    assertThat(
            Refusal.of(() -> verify("speakers/alice", 0.9f, recording(10, 0)))
                .violation()
                .getField())
        .isEqualTo("false_accept_rate");
  }

  private EnrollSpeakerResponse enroll(String id, Audio... recordings) {
    return stub()
        .enrollSpeaker(
            EnrollSpeakerRequest.newBuilder()
                .setSpeakerId(id)
                .addAllRecordings(List.of(recordings))
                .build());
  }

  private VerifySpeakerResponse verify(String name, float rate, Audio recording) {
    return stub()
        .verifySpeaker(
            VerifySpeakerRequest.newBuilder()
                .setName(name)
                .setFalseAcceptRate(rate)
                .addRecordings(recording)
                .build());
  }

  private Speaker get(String name) {
    return stub().getSpeaker(GetSpeakerRequest.newBuilder().setName(name).build()).getSpeaker();
  }

  private int delete(String name) {
    return stub()
        .deleteSpeaker(DeleteSpeakerRequest.newBuilder().setName(name).build())
        .getErasedReferenceCount();
  }

  private ListSpeakersResponse list(int size, String token) {
    return stub()
        .listSpeakers(
            ListSpeakersRequest.newBuilder().setPageSize(size).setPageToken(token).build());
  }

  private SpeakerServiceBlockingStub stub() {
    return SpeakerServiceGrpc.newBlockingStub(gateway.channel());
  }

  private static Duration millis(long millis) {
    return Replies.duration(java.time.Duration.ofMillis(millis));
  }
}
