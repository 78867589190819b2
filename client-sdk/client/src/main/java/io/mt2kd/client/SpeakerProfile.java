package io.mt2kd.client;

import java.time.Duration;
import java.time.Instant;

/**
 * An enrolled person. Voiceprints never leave the gateway.
 *
 * @param id the caller's, unique within the tenant
 * @param uid made by the gateway, never used again after deletion
 * @param displayName empty when none was given
 * @param referenceCount reference voiceprints, one for each accepted recording
 * @param speech speech in the accepted recordings
 * @param modelFingerprint model of the references
 */
public record SpeakerProfile(
    String id,
    String uid,
    String displayName,
    State state,
    int referenceCount,
    Duration speech,
    String modelFingerprint,
    Instant createTime,
    Instant updateTime) {
  /** How far the enrollment is. */
  public enum State {
    /** Has too little speech to be verified against. */
    ENROLLING,
    /** Can be verified against and identified. */
    ENROLLED
  }
}
