package io.mt2kd.gateway.core.speaker;

import java.time.Duration;

/**
 * What an enrollment has to bring.
 *
 * @param minimumSpeech until a speaker can be verified against
 * @param minimumRecordingSpeech in each recording
 * @param minimumLogLikelihoodRatio of each recording with the rest of the voice: less says that it
 *     is another voice
 * @param maximumReferences of one speaker
 */
public record EnrollmentPolicy(
    Duration minimumSpeech,
    Duration minimumRecordingSpeech,
    double minimumLogLikelihoodRatio,
    int maximumReferences) {
  /** One second of speech, and no recording 20 times likelier to be another voice's. */
  public static final EnrollmentPolicy DEFAULT =
      new EnrollmentPolicy(Duration.ofSeconds(1), Duration.ofMillis(300), -3, 64);

  public EnrollmentPolicy {
    if (minimumSpeech.isNegative()
        || minimumRecordingSpeech.isNegative()
        || maximumReferences < 1) {
      throw new IllegalArgumentException(
          "speech %s and %s, references %d (expected: >= 0, >= 0, >= 1)"
              .formatted(minimumSpeech, minimumRecordingSpeech, maximumReferences));
    }
  }
}
