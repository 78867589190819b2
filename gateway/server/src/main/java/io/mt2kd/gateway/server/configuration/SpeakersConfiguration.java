package io.mt2kd.gateway.server.configuration;

import io.mt2kd.gateway.core.speaker.EnrollmentPolicy;
import java.time.Duration;

/**
 * Where speakers are kept and what an enrollment has to bring.
 *
 * @param database SQLite file, created with its folder where it does not exist
 * @param minimumSpeech until a speaker can be verified against
 * @param minimumRecordingSpeech in each enrollment recording
 * @param minimumLogLikelihoodRatio of each enrollment recording with the rest of the voice
 * @param maximumReferences of one speaker, 1 to 1,000
 */
public record SpeakersConfiguration(
    String database,
    Duration minimumSpeech,
    Duration minimumRecordingSpeech,
    double minimumLogLikelihoodRatio,
    int maximumReferences) {
  public static final SpeakersConfiguration DEFAULT =
      new SpeakersConfiguration(
          ".mt2kd/speakers.db",
          EnrollmentPolicy.DEFAULT.minimumSpeech(),
          EnrollmentPolicy.DEFAULT.minimumRecordingSpeech(),
          EnrollmentPolicy.DEFAULT.minimumLogLikelihoodRatio(),
          EnrollmentPolicy.DEFAULT.maximumReferences());

  public SpeakersConfiguration {
    Require.that(!database.isBlank(), "speakers.database", database, "a file");
    Require.that(!minimumSpeech.isNegative(), "speakers.minimum-speech", minimumSpeech, ">= 0s");
    Require.that(
        !minimumRecordingSpeech.isNegative(),
        "speakers.minimum-recording-speech",
        minimumRecordingSpeech,
        ">= 0s");
    Require.that(
        Double.isFinite(minimumLogLikelihoodRatio),
        "speakers.minimum-log-likelihood-ratio",
        minimumLogLikelihoodRatio,
        "a number");
    Require.that(
        maximumReferences >= 1 && maximumReferences <= 1000,
        "speakers.maximum-references",
        maximumReferences,
        "1 to 1000");
  }

  /** The same as the core reads it. */
  public EnrollmentPolicy policy() {
    return new EnrollmentPolicy(
        minimumSpeech, minimumRecordingSpeech, minimumLogLikelihoodRatio, maximumReferences);
  }

  /** The same with another file. */
  public SpeakersConfiguration withDatabase(String other) {
    return new SpeakersConfiguration(
        other, minimumSpeech, minimumRecordingSpeech, minimumLogLikelihoodRatio, maximumReferences);
  }
}
