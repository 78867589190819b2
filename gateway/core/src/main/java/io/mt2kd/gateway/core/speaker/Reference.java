package io.mt2kd.gateway.core.speaker;

import java.time.Duration;
import java.time.Instant;

/**
 * What one enrollment recording left behind.
 *
 * @param voiceprint of the recording
 * @param modelFingerprint of the model that made it
 * @param speech effective speech in the recording
 * @param createTime when it was accepted, to the microsecond
 */
public record Reference(
    Voiceprint voiceprint, String modelFingerprint, Duration speech, Instant createTime) {}
