package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.failure.FailedPreconditionException;
import io.mt2kd.gateway.core.failure.FailedPreconditionException.Reason;
import io.mt2kd.gateway.core.failure.NotFoundException;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.gateway.core.speaker.EnrolledVoices.EnrolledVoice;
import io.mt2kd.gateway.core.speaker.Identification.Candidate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The speakers of all tenants, and what a voice has to do with them. Methods block on the store.
 * Thread-safe.
 *
 * <p>A voice is scored against a speaker by the cosine of the probe with the speaker's centroid,
 * normalised where the model has a cohort, and calibrated to a log-likelihood ratio: the protocol
 * that the calibration was fitted with. Voiceprints of different models are never compared.
 */
public final class SpeakerDirectory {
  /** Kind of the resource in errors. */
  public static final String RESOURCE_TYPE = "mt2kd.v1.Speaker";

  private final SpeakerStore store;
  private final EnrollmentPolicy policy;
  private final InstantSource clock;
  private final Supplier<UUID> uids;
  private final EnrolledVoices voices;

  public SpeakerDirectory(
      SpeakerStore store, EnrollmentPolicy policy, InstantSource clock, Supplier<UUID> uids) {
    this.store = store;
    this.policy = policy;
    this.clock = clock;
    this.uids = uids;
    this.voices = new EnrolledVoices(store, speaker -> missingSpeech(speaker).isZero());
  }

  /** What an enrollment has to bring. */
  public EnrollmentPolicy policy() {
    return policy;
  }

  /**
   * A voice that was heard in an enrollment recording.
   *
   * @param voiceprint of the recording
   * @param speech in the recording
   */
  public record Sample(Voiceprint voiceprint, Duration speech) {}

  /**
   * A speaker as enrollment left it.
   *
   * @param speaker with all references
   * @param cohesion smallest cosine between two references; 1 for a single one
   */
  public record Enrolled(Speaker speaker, double cohesion) {}

  /**
   * Adds the samples to a speaker, who is created if need be; durable on return.
   *
   * @param displayName empty to keep the present one
   * @param samples at least one
   * @throws FailedPreconditionException as {@code Enrollment} says; nothing has changed then
   */
  public Enrolled enroll(
      TenantId tenant,
      SpeakerId id,
      String displayName,
      List<Sample> samples,
      ModelManifest manifest) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    List<Reference> added =
        samples.stream()
            .map(s -> new Reference(s.voiceprint(), manifest.fingerprint(), s.speech(), now))
            .toList();
    Enrollment enrollment = new Enrollment(tenant, id, displayName, added);
    UUID uid = uids.get();
    Speaker speaker =
        store.update(
            tenant, id, present -> enrollment.apply(present, policy, manifest.speaker(), uid));
    return new Enrolled(speaker, Enrollment.cohesion(speaker));
  }

  /**
   * Compares a voice with a speaker.
   *
   * @throws NotFoundException when the tenant has no such speaker
   * @throws FailedPreconditionException when the speaker cannot be compared with
   */
  public Verification verify(
      TenantId tenant,
      SpeakerId id,
      Voiceprint probe,
      ModelManifest manifest,
      FalseAcceptRate rate) {
    Speaker speaker = requireComparable(get(tenant, id), manifest);
    double ratio =
        ComparedVoice.of(probe, manifest.speaker())
            .logLikelihoodRatio(
                ComparedVoice.of(speaker.centroid(), manifest.speaker()), manifest.speaker());
    return Verification.of(ratio, manifest.speaker(), rate);
  }

  /**
   * Refuses a verification that cannot succeed before any recording is decoded for it.
   *
   * @return {@code speaker}
   * @throws FailedPreconditionException when the speaker cannot be compared with
   */
  public Speaker requireComparable(Speaker speaker, ModelManifest manifest) {
    if (!speaker.modelFingerprint().equals(manifest.fingerprint())) {
      throw new FailedPreconditionException(
          Reason.MODEL_MISMATCH,
          speaker.id().name(),
          "the speaker was enrolled with another model: delete and enroll anew");
    }
    if (!missingSpeech(speaker).isZero()) {
      throw new FailedPreconditionException(
          Reason.NOT_ENROLLED,
          speaker.id().name(),
          "%d ms of speech (expected: >= %d ms)"
              .formatted(speaker.speech().toMillis(), policy.minimumSpeech().toMillis()));
    }
    return speaker;
  }

  /** Compares a voice with every speaker of the tenant that it can be compared with. */
  public Identification identify(
      TenantId tenant, Voiceprint probe, ModelManifest manifest, IdentificationChoice choice) {
    List<EnrolledVoice> enrolled = voices.of(tenant, manifest);
    if (enrolled.isEmpty()) {
      return Identification.NOBODY;
    }
    ComparedVoice voice = ComparedVoice.of(probe, manifest.speaker());
    List<Candidate> candidates = new ArrayList<>();
    for (EnrolledVoice other : enrolled) {
      candidates.add(
          new Candidate(other.id(), voice.logLikelihoodRatio(other.voice(), manifest.speaker())));
    }
    candidates.sort(Comparator.comparingDouble(Candidate::logLikelihoodRatio).reversed());
    double threshold = manifest.speaker().threshold(choice.falseAcceptRate().value());
    return new Identification(
        candidates.stream().limit(choice.maximumCandidates()).toList(),
        candidates.stream()
            .findFirst()
            .filter(best -> best.logLikelihoodRatio() >= threshold)
            .map(Candidate::speaker));
  }

  /**
   * @throws NotFoundException when the tenant has no such speaker
   */
  public Speaker get(TenantId tenant, SpeakerId id) {
    return store
        .find(tenant, id)
        .orElseThrow(() -> new NotFoundException(RESOURCE_TYPE, id.name()));
  }

  /** At most {@code limit} speakers whose ids come after {@code after}, in their order. */
  public List<Speaker> list(TenantId tenant, String after, int limit) {
    return store.list(tenant, after, limit);
  }

  /**
   * Erases a speaker and returns what was erased.
   *
   * @throws NotFoundException when the tenant has no such speaker
   */
  public Speaker delete(TenantId tenant, SpeakerId id) {
    Optional<Speaker> erased = store.delete(tenant, id);
    voices.forget(tenant);
    return erased.orElseThrow(() -> new NotFoundException(RESOURCE_TYPE, id.name()));
  }

  /** Speech that a speaker lacks until it can be verified against; zero when none. */
  public Duration missingSpeech(Speaker speaker) {
    Duration missing = policy.minimumSpeech().minus(speaker.speech());
    return missing.isNegative() ? Duration.ZERO : missing;
  }
}
