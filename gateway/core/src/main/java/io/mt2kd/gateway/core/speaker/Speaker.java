package io.mt2kd.gateway.core.speaker;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * An enrolled person, with everything that is known of the voice.
 *
 * @param tenant who it belongs to
 * @param id the caller's
 * @param uid ours, never used again after deletion
 * @param displayName may be empty
 * @param references in the order of enrollment, at least one
 * @param createTime to the microsecond
 * @param updateTime to the microsecond
 */
public record Speaker(
    TenantId tenant,
    SpeakerId id,
    UUID uid,
    String displayName,
    List<Reference> references,
    Instant createTime,
    Instant updateTime) {
  public Speaker {
    references = List.copyOf(references);
    if (references.isEmpty()) {
      throw new IllegalArgumentException("references: none (expected: at least one)");
    }
  }

  /** Effective speech in all references. */
  public Duration speech() {
    return references.stream().map(Reference::speech).reduce(Duration.ZERO, Duration::plus);
  }

  /** Model of the references: they are all of one, which enrollment sees to. */
  public String modelFingerprint() {
    return references.get(0).modelFingerprint();
  }

  /** The voice: direction of the mean of the references. */
  public Voiceprint centroid() {
    return Voiceprint.mean(references.stream().map(Reference::voiceprint).toList());
  }
}
