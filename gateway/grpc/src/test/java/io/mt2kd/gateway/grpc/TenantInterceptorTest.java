package io.mt2kd.gateway.grpc;

import static io.mt2kd.gateway.grpc.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Channel;
import io.grpc.Status;
import io.mt2kd.gateway.core.speaker.SpeakerId;
import io.mt2kd.gateway.core.speaker.TenantId;
import io.mt2kd.v1.EnrollSpeakerRequest;
import io.mt2kd.v1.GetSpeakerRequest;
import io.mt2kd.v1.IdentifySpeakerRequest;
import io.mt2kd.v1.ListSpeakersRequest;
import io.mt2kd.v1.SpeakerServiceGrpc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class TenantInterceptorTest {
  private static final SpeakerId ALICE = new SpeakerId("alice");

  @RegisterExtension final GatewayInProcess gateway = new GatewayInProcess();

  @Test
  void callWithoutTheHeaderIsOfTheDefaultTenant() {
    enroll(gateway.channel());

    assertThat(gateway.store.find(TenantId.DEFAULT, ALICE)).isPresent();
    assertThat(get(gateway.channelOf("default"))).isEqualTo("speakers/alice");
  }

  @Test
  void headerNamesTheTenantAcrossThreads() {
    enroll(gateway.channelOf("acme"));

    assertThat(gateway.store.find(new TenantId("acme"), ALICE)).isPresent();
    assertThat(gateway.store.find(TenantId.DEFAULT, ALICE)).isEmpty();
    assertThat(get(gateway.channelOf("acme"))).isEqualTo("speakers/alice");
  }

  @Test
  void anotherTenantsSpeakerIsNotFoundAnywhere() {
    enroll(gateway.channelOf("acme"));
    SpeakerServiceGrpc.SpeakerServiceBlockingStub other =
        SpeakerServiceGrpc.newBlockingStub(gateway.channelOf("other"));

    assertThat(Refusal.of(() -> get(gateway.channelOf("other"))).code())
        .isEqualTo(Status.Code.NOT_FOUND);
    assertThat(other.listSpeakers(ListSpeakersRequest.getDefaultInstance()).getSpeakersList())
        .isEmpty();
    assertThat(
            other
                .identifySpeaker(
                    IdentifySpeakerRequest.newBuilder().addRecordings(recording(10, 0)).build())
                .getSpeaker()
                .getCandidatesList())
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "../acme", "a/b", "-a", "acme,other"})
  void refusesAHeaderThatIsNoTenant(String value) {
    Refusal refusal = Refusal.of(() -> get(gateway.channelOf(value)));

    assertThat(refusal.violation().getField()).isEqualTo("mt2kd-tenant");
    assertThat(refusal.violation().getDescription())
        .endsWith(
            "(expected: 1 to 128 characters of [A-Za-z0-9._-], starting with a letter or digit)");
  }

  @Test
  void refusesALongHeaderBriefly() {
    assertThat(Refusal.of(() -> get(gateway.channelOf("a".repeat(5000)))).violation().getField())
        .isEqualTo("mt2kd-tenant");
  }

  private static void enroll(Channel channel) {
    SpeakerServiceGrpc.newBlockingStub(channel)
        .enrollSpeaker(
            EnrollSpeakerRequest.newBuilder()
                .setSpeakerId("alice")
                .addRecordings(recording(10, 0))
                .build());
  }

  private static String get(Channel channel) {
    return SpeakerServiceGrpc.newBlockingStub(channel)
        .getSpeaker(GetSpeakerRequest.newBuilder().setName("speakers/alice").build())
        .getSpeaker()
        .getName();
  }
}
