package io.mt2kd.it.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.client.Analysis;
import io.mt2kd.client.Decision;
import io.mt2kd.client.EnrollRequest;
import io.mt2kd.client.Enrollment;
import io.mt2kd.client.IdentifyRequest;
import io.mt2kd.client.ListSpeakersRequest;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.NotFoundException;
import io.mt2kd.client.Recording;
import io.mt2kd.client.SpeakerPage;
import io.mt2kd.client.SpeakerProfile;
import io.mt2kd.client.SpeakerProfile.State;
import io.mt2kd.client.Task;
import io.mt2kd.client.Verification;
import io.mt2kd.client.VerifyRequest;
import io.mt2kd.it.harness.ModelRepository;
import io.mt2kd.it.harness.Voices;
import io.mt2kd.it.harness.Waveforms;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Besides: who speaks. */
abstract class SpeakersSuite extends GatewaySuite {
  private static final Recording VOICE =
      Recording.pcm16(Waveforms.voiceLike(40_000, 11), Waveforms.RATE);

  @Test
  void keepsASpeakerFromEnrollmentToDeletion() throws Exception {
    Mt2kdClient tenant = client().withTenant("life");
    Enrollment enrollment =
        tenant.enroll(EnrollRequest.of("alice", VOICE, VOICE).withDisplayName("Alice A."));

    SpeakerProfile alice = enrollment.speaker();
    assertThat(alice.id()).isEqualTo("alice");
    assertThat(alice.displayName()).isEqualTo("Alice A.");
    assertThat(alice.state()).isEqualTo(State.ENROLLED);
    assertThat(alice.referenceCount()).isEqualTo(2);
    assertThat(alice.modelFingerprint()).isEqualTo(ModelRepository.fingerprint());
    assertThat(enrollment.missingSpeech()).isEqualTo(Duration.ZERO);
    assertThat(enrollment.cohesion()).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-4));
    assertThat(tenant.getSpeaker("alice")).isEqualTo(alice);
    assertThat(tenant.getSpeaker("speakers/alice")).isEqualTo(alice);
    assertThat(tenant.listSpeakers(ListSpeakersRequest.FIRST_PAGE).speakers())
        .containsExactly(alice);

    SpeakerProfile more = tenant.enroll(EnrollRequest.of("alice", VOICE)).speaker();
    assertThat(more.referenceCount()).isEqualTo(3);
    assertThat(more.displayName()).isEqualTo("Alice A.");
    assertThat(more.uid()).isEqualTo(alice.uid());

    assertThat(tenant.deleteSpeaker("alice")).isEqualTo(3);
    assertThatThrownBy(() -> tenant.getSpeaker("alice")).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> tenant.deleteSpeaker("alice")).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> tenant.verify(VerifyRequest.of("alice", VOICE)))
        .isInstanceOf(NotFoundException.class);
    assertThat(tenant.listSpeakers(ListSpeakersRequest.FIRST_PAGE).speakers()).isEmpty();
    assertThat(tenant.enroll(EnrollRequest.of("alice", VOICE)).speaker().uid())
        .isNotEqualTo(alice.uid());
  }

  @Test
  void keepsTenantsApart() {
    Mt2kdClient acme = client().withTenant("acme");
    Mt2kdClient globex = client().withTenant("globex");
    acme.enroll(EnrollRequest.of("bob", VOICE));

    assertThatThrownBy(() -> globex.getSpeaker("bob")).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> globex.verify(VerifyRequest.of("bob", VOICE)))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> globex.deleteSpeaker("bob")).isInstanceOf(NotFoundException.class);
    assertThat(globex.listSpeakers(ListSpeakersRequest.FIRST_PAGE).speakers()).isEmpty();
    assertThat(globex.identify(IdentifyRequest.of(VOICE)).speaker().candidates()).isEmpty();
    assertThat(globex.analyze(VOICE, Task.SPEAKER_IDENTIFICATION).speaker().candidates()).isEmpty();
    globex.enroll(EnrollRequest.of("bob", VOICE));
    assertThat(globex.deleteSpeaker("bob")).isEqualTo(1);
    assertThat(acme.getSpeaker("bob").referenceCount()).isEqualTo(1);
  }

  @Test
  void listsSpeakersPageByPage() {
    Mt2kdClient tenant = client().withTenant("pages");
    for (int i = 0; i < 5; i++) {
      tenant.enroll(EnrollRequest.of("speaker-" + i, VOICE));
    }

    SpeakerPage first = tenant.listSpeakers(new ListSpeakersRequest(2, ""));
    SpeakerPage second =
        tenant.listSpeakers(new ListSpeakersRequest(2, first.nextPageToken().orElseThrow()));
    SpeakerPage third =
        tenant.listSpeakers(new ListSpeakersRequest(2, second.nextPageToken().orElseThrow()));

    assertThat(first.speakers())
        .extracting(SpeakerProfile::id)
        .containsExactly("speaker-0", "speaker-1");
    assertThat(second.speakers())
        .extracting(SpeakerProfile::id)
        .containsExactly("speaker-2", "speaker-3");
    assertThat(third.speakers()).extracting(SpeakerProfile::id).containsExactly("speaker-4");
    assertThat(third.nextPageToken()).isEmpty();
  }

  @Test
  void tellsVoicesApart() throws Exception {
    Voices voices = Voices.find();
    Mt2kdClient tenant = client().withTenant("voices");
    tenant.enroll(EnrollRequest.of("one", voices.enrollment()));
    tenant.enroll(EnrollRequest.of("two", voices.other()));

    Verification own = tenant.verify(VerifyRequest.of("one", voices.probe()));
    Verification other = tenant.verify(VerifyRequest.of("one", voices.other()));
    assertThat(own.decision()).as(own.toString()).isEqualTo(Decision.ACCEPT);
    assertThat(own.logLikelihoodRatio()).isGreaterThanOrEqualTo(own.threshold());
    // UNCERTAIN is an answer too, and the one about a stranger whose voice is like this one.
    assertThat(other.decision()).as(other.toString()).isNotEqualTo(Decision.ACCEPT);

    var identification = tenant.identify(IdentifyRequest.of(voices.probe())).speaker();
    assertThat(identification.acceptedSpeakerId()).hasValue("one");
    assertThat(identification.candidates())
        .extracting(candidate -> candidate.speakerId())
        .containsExactly("one", "two");

    Analysis analysis = tenant.analyze(voices.probe()[0], Task.SPEAKER_IDENTIFICATION);
    assertThat(analysis.speaker().candidates()).hasSize(2);
  }
}
