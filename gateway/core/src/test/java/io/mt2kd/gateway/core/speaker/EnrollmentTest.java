package io.mt2kd.gateway.core.speaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.failure.FailedPreconditionException;
import io.mt2kd.gateway.core.failure.FailedPreconditionException.Reason;
import io.mt2kd.gateway.core.model.Manifests;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory.Enrolled;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EnrollmentTest {
  private static final TenantId TENANT = TenantId.DEFAULT;
  private static final SpeakerId ALICE = new SpeakerId("alice");
  private static final ModelManifest MODEL = Manifests.MANIFEST;

  private final InMemorySpeakerStore store = new InMemorySpeakerStore();
  private final AtomicLong uid = new AtomicLong();
  private Instant now = Instant.parse("2026-11-23T10:00:00.123456789Z");
  private final SpeakerDirectory speakers =
      new SpeakerDirectory(
          store,
          new EnrollmentPolicy(Duration.ofSeconds(2), Duration.ofMillis(300), -3, 4),
          () -> now,
          () -> new UUID(0, uid.incrementAndGet()));

  @Test
  void firstRecordingCreatesTheSpeaker() {
    Speaker alice = enroll("Alice", Voices.sample(10)).speaker();

    assertThat(alice.id()).isEqualTo(ALICE);
    assertThat(alice.uid()).isEqualTo(new UUID(0, 1));
    assertThat(alice.displayName()).isEqualTo("Alice");
    assertThat(alice.createTime()).isEqualTo(Instant.parse("2026-11-23T10:00:00.123456Z"));
    assertThat(alice.updateTime()).isEqualTo(alice.createTime());
    assertThat(alice.references())
        .containsExactly(
            new Reference(Voices.at(10), "sha256:aa", Duration.ofSeconds(1), alice.createTime()));
    assertThat(store.find(TENANT, ALICE)).contains(alice);
  }

  @Test
  void laterRecordingsJoinInTheirOrder() {
    Speaker first = enroll("Alice", Voices.sample(10)).speaker();
    now = now.plusSeconds(60);

    Speaker alice = enroll("", Voices.sample(12), Voices.sample(8)).speaker();

    assertThat(alice.references())
        .extracting(Reference::voiceprint)
        .containsExactly(Voices.at(10), Voices.at(12), Voices.at(8));
    assertThat(alice.uid()).isEqualTo(first.uid());
    assertThat(alice.displayName()).isEqualTo("Alice");
    assertThat(alice.createTime()).isEqualTo(first.createTime());
    assertThat(alice.updateTime()).isEqualTo(first.createTime().plusSeconds(60));
    assertThat(alice.speech()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void voicesAreComparedByTheirNormalisedScores() {
    // A cosine of 0.98, but each is even nearer to two strangers.
    List<Sample> samples = List.of(Voices.sample(0), Voices.sample(11));
    ModelManifest crowd = Manifests.withCohort(-2, 3, 9, 13);

    assertThatThrownBy(() -> speakers.enroll(TENANT, ALICE, "", samples, crowd))
        .isInstanceOfSatisfying(
            FailedPreconditionException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.VOICES_DIFFER));
    assertThat(store.find(TENANT, ALICE)).isEmpty();
    assertThat(speakers.enroll(TENANT, ALICE, "", samples, MODEL).speaker().references())
        .hasSize(2);
  }

  @Test
  void voicesThatCancelOutAreRefusedWithACohortToo() {
    List<Sample> samples = List.of(Voices.sample(0), Voices.sample(90), Voices.sample(270));

    assertThatThrownBy(
            () -> speakers.enroll(TENANT, ALICE, "", samples, Manifests.withCohort(5, 90, 180)))
        .isInstanceOfSatisfying(
            FailedPreconditionException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.VOICES_DIFFER));
  }

  @Test
  void laterDisplayNameReplacesTheOld() {
    enroll("Alice", Voices.sample(0));

    assertThat(enroll("Alice B.", Voices.sample(0)).speaker().displayName()).isEqualTo("Alice B.");
  }

  @Test
  void uidIsNeverUsedAgainAfterDeletion() {
    UUID first = enroll("", Voices.sample(0)).speaker().uid();
    speakers.delete(TENANT, ALICE);

    assertThat(enroll("", Voices.sample(0)).speaker().uid()).isNotEqualTo(first);
  }

  @Test
  void tellsHowMuchSpeechIsMissing() {
    assertThat(speakers.missingSpeech(enroll("", Voices.sample(0)).speaker()))
        .isEqualTo(Duration.ofSeconds(1));
    assertThat(speakers.missingSpeech(enroll("", Voices.sample(0)).speaker())).isZero();
    assertThat(speakers.missingSpeech(enroll("", Voices.sample(0)).speaker())).isZero();
  }

  @Test
  void cohesionIsTheSmallestCosineOfTwoReferences() {
    assertThat(enroll("", Voices.sample(0)).cohesion()).isEqualTo(1);
    assertThat(enroll("", Voices.sample(10), Voices.sample(30)).cohesion())
        .isEqualTo(Math.cos(Math.toRadians(30)), within(1e-6));
  }

  @Test
  void refusesAnotherVoiceAndLeavesTheSpeakerAsItWas() {
    enroll("Alice", Voices.sample(0));
    Speaker before = speakers.get(TENANT, ALICE);

    // 10 * cos 80° - 5 = -3.26: below the policy's -3.
    assertRefused(Reason.VOICES_DIFFER, "recordings[1]", Voices.sample(5), Voices.sample(85));
    assertThat(store.find(TENANT, ALICE)).contains(before);
  }

  @Test
  void refusesRecordingsOfTwoVoicesAndCreatesNobody() {
    assertRefused(
        Reason.VOICES_DIFFER, "log-likelihood ratio", Voices.sample(0), Voices.sample(90));
    assertThat(store.find(TENANT, ALICE)).isEmpty();
  }

  @Test
  void refusesVoicesThatCancelOut() {
    assertRefused(
        Reason.VOICES_DIFFER,
        "recordings[0]",
        Voices.sample(0),
        Voices.sample(90),
        Voices.sample(270));
  }

  @Test
  void takesAVoiceJustAboveThePolicysRatio() {
    enroll("", Voices.sample(0));

    // 10 * 0.201 - 5 = -2.99.
    Sample barely = new Sample(Voices.withCosine(0.201), Duration.ofSeconds(1));
    assertThat(enroll("", barely).speaker().references()).hasSize(2);
  }

  @Test
  void refusesToJoinReferencesOfAnotherModel() {
    enroll("", Voices.sample(0));

    assertThatThrownBy(
            () ->
                speakers.enroll(
                    TENANT,
                    ALICE,
                    "",
                    List.of(Voices.sample(0)),
                    Manifests.withFingerprint("sha256:bb")))
        .isInstanceOfSatisfying(
            FailedPreconditionException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.MODEL_MISMATCH);
              assertThat(e.subject()).isEqualTo("speakers/alice");
            });
    assertThat(speakers.get(TENANT, ALICE).references()).hasSize(1);
  }

  @Test
  void refusesMoreReferencesThanThePolicyAllows() {
    enroll("", Voices.sample(0), Voices.sample(1), Voices.sample(2));

    assertRefused(
        Reason.TOO_MANY_REFERENCES,
        "5 references (expected: at most 4)",
        Voices.sample(3),
        Voices.sample(4));
    assertThat(speakers.get(TENANT, ALICE).references()).hasSize(3);
    assertThat(enroll("", Voices.sample(3)).speaker().references()).hasSize(4);
  }

  @Test
  void concurrentEnrollmentsLoseNothing() throws Exception {
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(i -> new Thread(() -> enroll("", Voices.sample(i))))
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(speakers.get(TENANT, ALICE).references()).hasSize(4);
  }

  private Enrolled enroll(String displayName, Sample... samples) {
    return speakers.enroll(TENANT, ALICE, displayName, List.of(samples), MODEL);
  }

  private void assertRefused(Reason reason, String words, Sample... samples) {
    assertThatThrownBy(() -> enroll("", samples))
        .isInstanceOfSatisfying(
            FailedPreconditionException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.subject()).isEqualTo("speakers/alice");
            })
        .hasMessageContaining(words);
  }
}
