package io.mt2kd.gateway.core.analysis;

import static io.mt2kd.gateway.core.analysis.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.admission.AdmissionListener;
import io.mt2kd.gateway.core.admission.AdmissionSettings;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.BucketBatcher;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.FailedPreconditionException;
import io.mt2kd.gateway.core.failure.NotFoundException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.speaker.EnrollmentPolicy;
import io.mt2kd.gateway.core.speaker.FalseAcceptRate;
import io.mt2kd.gateway.core.speaker.IdentificationChoice;
import io.mt2kd.gateway.core.speaker.InMemorySpeakerStore;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory.Enrolled;
import io.mt2kd.gateway.core.speaker.SpeakerId;
import io.mt2kd.gateway.core.speaker.TenantId;
import io.mt2kd.gateway.core.speaker.Verification;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SpeakerRecognizerTest {
  private static final SpeakerId ALICE = new SpeakerId("alice");

  private final FakeTicker ticker = new FakeTicker();
  private final FakeBackend backend = new FakeBackend();
  private final BucketBatcher batcher =
      new BucketBatcher(
          backend, new BatchingSettings(16, Duration.ZERO), (delay, task) -> {}, ticker);
  private final FakeDecoder decoder = new FakeDecoder(ticker);
  private final SpeakerDirectory speakers =
      new SpeakerDirectory(
          new InMemorySpeakerStore(),
          EnrollmentPolicy.DEFAULT,
          () -> Instant.EPOCH,
          UUID::randomUUID);
  private final SpeakerRecognizer recognizer =
      new SpeakerRecognizer(
          new UtterancePipeline(
              backend,
              new AdmissionControl(
                  AdmissionSettings.DEFAULT, batcher, ticker, () -> 0, AdmissionListener.NONE),
              decoder,
              batcher,
              Runnable::run,
              Runnable::run),
          backend,
          speakers,
          // Half of every recording is speech.
          waveform -> Waveform.durationOf(waveform.sampleCount() / 2));
  private final CompletableFuture<Void> abandoned = new CompletableFuture<>();
  private final Call call =
      Call.starting("r1", TenantId.DEFAULT, Duration.ofMinutes(1), ticker, abandoned);

  @Test
  void enrollsWhatWasHeard() {
    Enrolled enrolled = enroll(recording(10, 0), recording(20, 10)).answer();

    assertThat(enrolled.speaker().references()).hasSize(2);
    assertThat(enrolled.speaker().speech()).isEqualTo(Duration.ofMillis(1500));
    assertThat(enrolled.speaker().modelFingerprint()).isEqualTo("sha256:aa");
    assertThat(speakers.get(TenantId.DEFAULT, ALICE)).isEqualTo(enrolled.speaker());
    assertThat(backend.batches).allMatch(batch -> batch.heads().equals(java.util.Set.of(Head.SV)));
  }

  @Test
  void receiptCountsAllRecordings() {
    Receipt receipt = enroll(recording(10, 0), recording(22, 10)).receipt();

    assertThat(receipt.audio()).isEqualTo(Duration.ofMillis(3200));
    assertThat(receipt.bucket()).isEqualTo(Duration.ofSeconds(3));
    assertThat(receipt.padding()).isEqualTo(Duration.ofMillis(50));
    assertThat(receipt.decodeTime()).isEqualTo(Duration.ofMillis(4));
    assertThat(receipt.totalTime()).isEqualTo(Duration.ofMillis(4));
  }

  @Test
  void refusesARecordingWithTooLittleSpeechAndTakesNone() {
    assertThatThrownBy(() -> enroll(recording(10, 0), recording(5, 0)))
        .hasRootCauseMessage("recordings[1].content: 250 ms of speech (expected: >= 300 ms)");
    assertThatThrownBy(() -> speakers.get(TenantId.DEFAULT, ALICE))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void enrollsNobodyForACallerThatGaveUp() {
    CompletableFuture<BatchOutput> reply = new CompletableFuture<>();
    backend.answer = batch -> reply;
    CompletableFuture<?> enrolled = recognizer.enroll(call, ALICE, "", List.of(recording(30, 0)));

    abandoned.complete(null);
    reply.complete(FakeBackend.hear(backend.batches.get(0)));

    assertThatThrownBy(enrolled::join).hasRootCauseInstanceOf(DeadlineExceededException.class);
    assertThatThrownBy(() -> speakers.get(TenantId.DEFAULT, ALICE))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void scoresTheRecordingsOfAProbeTogether() {
    enroll(recording(20, 0));

    Verification verification =
        recognizer
            .verify(
                call,
                ALICE,
                List.of(recording(10, -40), recording(10, 40)),
                FalseAcceptRate.DEFAULT)
            .join()
            .answer();

    assertThat(verification.logLikelihoodRatio()).isEqualTo(5, within(1e-5));
  }

  @Test
  void verificationOfNobodyCostsTheBackendNothing() {
    assertThatThrownBy(this::verify).hasRootCauseInstanceOf(NotFoundException.class);
    assertThat(backend.batches).isEmpty();
    assertThat(decoder.decoded).isEmpty();
  }

  @Test
  void verificationWithTooLittleSpeechCostsTheBackendNothing() {
    enroll(recording(10, 0));
    backend.batches.clear();

    assertThatThrownBy(this::verify).hasRootCauseInstanceOf(FailedPreconditionException.class);
    assertThat(backend.batches).isEmpty();
  }

  @Test
  void acceptsNobodyForASpeakerWhoIsErasedWhileItListens() {
    enroll(recording(20, 0));
    backend.batches.clear();
    CompletableFuture<BatchOutput> reply = new CompletableFuture<>();
    backend.answer = batch -> reply;
    CompletableFuture<?> verification =
        recognizer.verify(call, ALICE, List.of(recording(10, 0)), FalseAcceptRate.DEFAULT);

    speakers.delete(TenantId.DEFAULT, ALICE);
    reply.complete(FakeBackend.hear(backend.batches.get(0)));

    assertThatThrownBy(verification::join).hasRootCauseInstanceOf(NotFoundException.class);
  }

  @Test
  void identifiesAmongTheTenantsOwn() {
    enroll(recording(20, 0));
    Call other =
        Call.starting(
            "r2", new TenantId("other"), Duration.ofMinutes(1), ticker, new CompletableFuture<>());
    List<EncodedAudio> probe = List.of(recording(10, 0));

    assertThat(
            recognizer
                .identify(call, probe, IdentificationChoice.DEFAULT)
                .join()
                .answer()
                .accepted())
        .contains(ALICE);
    assertThat(
            recognizer
                .identify(other, probe, IdentificationChoice.DEFAULT)
                .join()
                .answer()
                .candidates())
        .isEmpty();
  }

  private SpeakerRecognizer.Receipted<Enrolled> enroll(EncodedAudio... recordings) {
    return recognizer.enroll(call, ALICE, "", List.of(recordings)).join();
  }

  private void verify() {
    recognizer.verify(call, ALICE, List.of(recording(10, 0)), FalseAcceptRate.DEFAULT).join();
  }
}
