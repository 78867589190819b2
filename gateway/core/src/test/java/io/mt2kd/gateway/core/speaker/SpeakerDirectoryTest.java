package io.mt2kd.gateway.core.speaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.failure.FailedPreconditionException;
import io.mt2kd.gateway.core.failure.FailedPreconditionException.Reason;
import io.mt2kd.gateway.core.failure.NotFoundException;
import io.mt2kd.gateway.core.model.Manifests;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.gateway.core.speaker.Identification.Candidate;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory.Sample;
import io.mt2kd.gateway.core.speaker.Verification.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SpeakerDirectoryTest {
  private static final TenantId TENANT = new TenantId("acme");
  private static final TenantId OTHER_TENANT = new TenantId("other");
  private static final SpeakerId ALICE = new SpeakerId("alice");
  private static final ModelManifest MODEL = Manifests.MANIFEST;
  private static final ModelManifest OTHER_MODEL = Manifests.withFingerprint("sha256:bb");

  private final SpeakerDirectory speakers =
      new SpeakerDirectory(
          new InMemorySpeakerStore(),
          EnrollmentPolicy.DEFAULT,
          () -> Instant.EPOCH,
          UUID::randomUUID);

  @Test
  void anotherTenantsSpeakerDoesNotExist() {
    enroll(TENANT, "alice", 0);

    assertNotFound(() -> speakers.get(OTHER_TENANT, ALICE));
    assertNotFound(() -> speakers.delete(OTHER_TENANT, ALICE));
    assertNotFound(
        () -> speakers.verify(OTHER_TENANT, ALICE, Voices.at(0), MODEL, FalseAcceptRate.DEFAULT));
    assertThat(identify(OTHER_TENANT, 0).candidates()).isEmpty();
    assertThat(speakers.list(OTHER_TENANT, "", 10)).isEmpty();
    assertThat(speakers.get(TENANT, ALICE).id()).isEqualTo(ALICE);
  }

  @Test
  void oneIdIsAnotherSpeakerInAnotherTenant() {
    enroll(TENANT, "alice", 0);
    enroll(OTHER_TENANT, "alice", 90);

    assertThat(speakers.delete(TENANT, ALICE).centroid()).isEqualTo(Voices.at(0));
    assertThat(speakers.get(OTHER_TENANT, ALICE).centroid()).isEqualTo(Voices.at(90));
  }

  @Test
  void decidesByTheCallersRate() {
    enroll(TENANT, "alice", 0);

    // Thresholds of the test model: 2 at a rate of 0.01, 4 at 0.001; ratio = 10 cos - 5.
    assertThat(verify(0.701, 0.01).decision()).isEqualTo(Decision.ACCEPT);
    assertThat(verify(0.699, 0.01).decision()).isEqualTo(Decision.UNCERTAIN);
    assertThat(verify(0.701, 0.001).decision()).isEqualTo(Decision.UNCERTAIN);
    assertThat(verify(0.901, 0.001).decision()).isEqualTo(Decision.ACCEPT);
    assertThat(verify(0.501, 0.01).decision()).isEqualTo(Decision.UNCERTAIN);
    assertThat(verify(0.499, 0.01).decision()).isEqualTo(Decision.REJECT);
  }

  @Test
  void acceptsAtTheThresholdItselfEvenWhereItIsBelowZero() {
    // At a rate of 0.5 the threshold lies below zero: who asks for that is accepted there.
    enroll(TENANT, "alice", 0);

    Verification verification = verify(0.4, 0.5);

    assertThat(verification.threshold()).isEqualTo(-2 * Math.log10(5), within(1e-6));
    assertThat(verification.logLikelihoodRatio()).isEqualTo(-1, within(1e-5));
    assertThat(verification.decision()).isEqualTo(Decision.ACCEPT);
  }

  @Test
  void comparesWithTheDirectionOfAllReferences() {
    speakers.enroll(TENANT, ALICE, "", List.of(Voices.sample(-20), Voices.sample(20)), MODEL);

    assertThat(verify(1, 0.01).logLikelihoodRatio()).isEqualTo(5, within(1e-5));
  }

  @Test
  void scoresAreNormalisedWhereTheModelHasACohort() {
    // Voices at 0, 90 and 180 degrees, of which the nearest two count: alice at 0 has the cosines 1
    // and 0 (mean 0.5, deviation 0.5), the probe at 60 degrees 0.5 and 0.8660 (0.6830, 0.1830).
    ModelManifest manifest = Manifests.withCohort(0, 90, 180);
    enroll(TENANT, "alice", 0);
    double score = ((0.5 - 0.5) / 0.5 + (0.5 - 0.683013) / 0.183013) / 2;

    Verification verification =
        speakers.verify(TENANT, ALICE, Voices.at(60), manifest, FalseAcceptRate.DEFAULT);
    Identification identification =
        speakers.identify(TENANT, Voices.at(60), manifest, IdentificationChoice.DEFAULT);

    assertThat(verification.logLikelihoodRatio()).isEqualTo(10 * score - 5, within(1e-3));
    assertThat(verification.threshold()).isEqualTo(2, within(1e-9));
    assertThat(verification.decision()).isEqualTo(Decision.REJECT);
    assertThat(identification.candidates())
        .containsExactly(new Candidate(ALICE, verification.logLikelihoodRatio()));
  }

  @Test
  void refusesToCompareWithAnotherModel() {
    enroll(TENANT, "alice", 0);

    assertThatThrownBy(
            () ->
                speakers.verify(TENANT, ALICE, Voices.at(0), OTHER_MODEL, FalseAcceptRate.DEFAULT))
        .isInstanceOfSatisfying(
            FailedPreconditionException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.MODEL_MISMATCH));
  }

  @Test
  void refusesToCompareWithTooLittleSpeech() {
    Sample shortOne = new Sample(Voices.at(0), Duration.ofMillis(999));
    speakers.enroll(TENANT, ALICE, "", List.of(shortOne), MODEL);

    assertThatThrownBy(() -> verify(1, 0.01))
        .isInstanceOfSatisfying(
            FailedPreconditionException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.NOT_ENROLLED))
        .hasMessage("999 ms of speech (expected: >= 1000 ms)");
    assertThat(identify(TENANT, 0).candidates()).isEmpty();
  }

  @Test
  void identifiesBestFirst() {
    enroll(TENANT, "alice", 40);
    enroll(TENANT, "bob", 5);
    enroll(TENANT, "carol", 90);

    Identification identification = identify(TENANT, 0);

    assertThat(identification.candidates())
        .extracting(candidate -> candidate.speaker().value())
        .containsExactly("bob", "alice", "carol");
    assertThat(identification.candidates())
        .extracting(Candidate::logLikelihoodRatio)
        .allSatisfy(ratio -> assertThat(ratio).isBetween(-5.001, 5.0));
    assertThat(identification.accepted()).contains(new SpeakerId("bob"));
  }

  @Test
  void acceptsNobodyBelowTheThreshold() {
    enroll(TENANT, "alice", 50);

    Identification identification = identify(TENANT, 0);

    assertThat(identification.candidates()).hasSize(1);
    assertThat(identification.accepted()).isEmpty();
  }

  @Test
  void returnsNoMoreCandidatesThanAsked() {
    enroll(TENANT, "alice", 10);
    enroll(TENANT, "bob", 5);

    Identification identification =
        speakers.identify(
            TENANT, Voices.at(0), MODEL, new IdentificationChoice(1, FalseAcceptRate.DEFAULT));

    assertThat(identification.candidates()).hasSize(1);
    assertThat(identification.accepted()).contains(new SpeakerId("bob"));
  }

  @Test
  void leavesOutSpeakersOfAnotherModel() {
    speakers.enroll(TENANT, ALICE, "", List.of(Voices.sample(0)), OTHER_MODEL);
    enroll(TENANT, "bob", 80);

    assertThat(identify(TENANT, 0).candidates())
        .extracting(candidate -> candidate.speaker().value())
        .containsExactly("bob");
  }

  @Test
  void findsTheLastOfManySpeakers() {
    for (int i = 0; i < 1000; i++) {
      enroll(TENANT, "s%04d".formatted(i), 90);
    }
    enroll(TENANT, "s1000", 0);

    assertThat(identify(TENANT, 0).accepted()).contains(new SpeakerId("s1000"));
    speakers.delete(TENANT, new SpeakerId("s1000"));
    assertThat(identify(TENANT, 0).accepted()).isEmpty();
  }

  @Test
  void nobodyIsFoundAmongNobody() {
    assertThat(identify(TENANT, 0))
        .isEqualTo(new Identification(List.of(), java.util.Optional.empty()));
  }

  private void enroll(TenantId tenant, String id, double degrees) {
    speakers.enroll(tenant, new SpeakerId(id), "", List.of(Voices.sample(degrees)), MODEL);
  }

  private Verification verify(double cosine, double rate) {
    return speakers.verify(
        TENANT, ALICE, Voices.withCosine(cosine), MODEL, new FalseAcceptRate(rate));
  }

  private Identification identify(TenantId tenant, double degrees) {
    return speakers.identify(tenant, Voices.at(degrees), MODEL, IdentificationChoice.DEFAULT);
  }

  private static void assertNotFound(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            NotFoundException.class,
            e -> {
              assertThat(e.resourceType()).isEqualTo("mt2kd.v1.Speaker");
              assertThat(e.resourceName()).isEqualTo("speakers/alice");
            });
  }
}
