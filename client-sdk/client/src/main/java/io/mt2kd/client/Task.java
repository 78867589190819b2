package io.mt2kd.client;

/** One question that the encoder's pass answers. */
public enum Task {
  /** What was said. */
  SPEECH_RECOGNITION,
  /** What else was heard. */
  AUDIO_TAGGING,
  /** Who spoke, among the tenant's enrolled speakers. */
  SPEAKER_IDENTIFICATION
}
