package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.gateway.core.speaker.FalseAcceptRate;
import io.mt2kd.gateway.core.speaker.Identification;
import io.mt2kd.gateway.core.speaker.IdentificationChoice;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory.Enrolled;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory.Sample;
import io.mt2kd.gateway.core.speaker.SpeakerId;
import io.mt2kd.gateway.core.speaker.Verification;
import io.mt2kd.gateway.core.speaker.Voiceprint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Enrolls, verifies and identifies voices. Thread-safe.
 *
 * <p>Several recordings of a probe count as one voice: the direction of the mean of their
 * voiceprints. Every future ends with a {@link io.mt2kd.gateway.core.failure.GatewayException} when
 * there is no answer.
 */
public final class SpeakerRecognizer {
  private static final Set<Head> HEADS = Set.of(Head.SV);

  private final UtterancePipeline pipeline;
  private final InferenceBackend backend;
  private final SpeakerDirectory speakers;
  private final Function<Waveform, Duration> speechActivity;
  private final ReceiptListener receipts;

  /** One whose receipts nobody else is told of. */
  public SpeakerRecognizer(
      UtterancePipeline pipeline,
      InferenceBackend backend,
      SpeakerDirectory speakers,
      Function<Waveform, Duration> speechActivity) {
    this(pipeline, backend, speakers, speechActivity, ReceiptListener.NONE);
  }

  /**
   * @param speechActivity effective speech in a waveform
   */
  public SpeakerRecognizer(
      UtterancePipeline pipeline,
      InferenceBackend backend,
      SpeakerDirectory speakers,
      Function<Waveform, Duration> speechActivity,
      ReceiptListener receipts) {
    this.pipeline = pipeline;
    this.backend = backend;
    this.speakers = speakers;
    this.speechActivity = speechActivity;
    this.receipts = receipts;
  }

  /** An answer with what it cost. */
  public record Receipted<T>(T answer, Receipt receipt) {}

  /**
   * Adds the recordings to a speaker, who is created if need be. Durable when the future completes.
   */
  public CompletableFuture<Receipted<Enrolled>> enroll(
      Call call, SpeakerId id, String displayName, List<EncodedAudio> recordings) {
    List<Duration> speech = new ArrayList<>();
    return pipeline
        .hearVoice(call, recordings, waveform -> speech.add(requireSpeech(waveform)))
        .thenApply(
            utterances -> {
              List<Sample> samples = new ArrayList<>();
              for (int i = 0; i < utterances.size(); i++) {
                samples.add(new Sample(voiceprint(utterances.get(i)), speech.get(i)));
              }
              // Nobody who gave up finds out later that it happened after all, if we can help it.
              call.requireAwaited();
              Enrolled enrolled =
                  speakers.enroll(call.tenant(), id, displayName, samples, manifest(utterances));
              return receipted(call, enrolled, utterances);
            });
  }

  /** Compares the voice of the recordings with a speaker. */
  public CompletableFuture<Receipted<Verification>> verify(
      Call call, SpeakerId id, List<EncodedAudio> recordings, FalseAcceptRate rate) {
    return pipeline
        .hearVoice(call, recordings, () -> requireComparable(call, id))
        .thenApply(
            utterances -> {
              // Read anew: erased or replaced while we listened, the speaker accepts nobody.
              Verification verification =
                  speakers.verify(call.tenant(), id, voice(utterances), manifest(utterances), rate);
              return receipted(call, verification, utterances);
            });
  }

  /** Compares the voice of the recordings with all speakers of the tenant. */
  public CompletableFuture<Receipted<Identification>> identify(
      Call call, List<EncodedAudio> recordings, IdentificationChoice choice) {
    return pipeline
        .hearVoice(call, recordings)
        .thenApply(
            utterances -> {
              Identification identification =
                  speakers.identify(call.tenant(), voice(utterances), manifest(utterances), choice);
              return receipted(call, identification, utterances);
            });
  }

  private <T> Receipted<T> receipted(Call call, T answer, List<HeardUtterance> utterances) {
    Receipt receipt = Receipt.of(call, HEADS, utterances);
    receipts.issued(call, receipt);
    return new Receipted<>(answer, receipt);
  }

  // A claim that cannot be decided costs the backend nothing.
  private void requireComparable(Call call, SpeakerId id) {
    speakers.requireComparable(speakers.get(call.tenant(), id), backend.model().manifest());
  }

  private Duration requireSpeech(Waveform waveform) {
    Duration least = speakers.policy().minimumRecordingSpeech();
    Duration speech = speechActivity.apply(waveform);
    if (speech.compareTo(least) < 0) {
      throw InvalidArgumentException.of(
          "content", speech.toMillis() + " ms of speech", ">= " + least.toMillis() + " ms");
    }
    return speech;
  }

  private static Voiceprint voice(List<HeardUtterance> utterances) {
    return Voiceprint.mean(utterances.stream().map(SpeakerRecognizer::voiceprint).toList());
  }

  private static Voiceprint voiceprint(HeardUtterance utterance) {
    return Objects.requireNonNull(utterance.output().voiceprint(), "voiceprint");
  }

  /**
   * The manifest of the model that heard all of them: voiceprints of different models have nothing
   * to say to each other.
   */
  private static ModelManifest manifest(List<HeardUtterance> utterances) {
    ModelManifest manifest = utterances.get(0).model().manifest();
    for (HeardUtterance utterance : utterances) {
      if (!utterance.model().manifest().fingerprint().equals(manifest.fingerprint())) {
        throw new UnavailableException("the model was replaced under way");
      }
    }
    return manifest;
  }
}
