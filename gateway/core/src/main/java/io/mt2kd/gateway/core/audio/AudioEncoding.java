package io.mt2kd.gateway.core.audio;

/** How the bytes of a recording are to be read; see {@code mt2kd.v1.AudioEncoding}. */
public enum AudioEncoding {
  /** By the container's own header. */
  DETECT,
  WAV,
  FLAC,
  OGG_OPUS,
  PCM_S16LE,
  PCM_F32LE,
  MULAW,
  ALAW;

  /** The name that callers know it by, for texts that they read. */
  public String apiName() {
    return "AUDIO_ENCODING_" + (this == DETECT ? "UNSPECIFIED" : name());
  }

  /** Whether the samples come without a header, so that the caller must say their rate. */
  public boolean isRaw() {
    return this == PCM_S16LE || this == PCM_F32LE || this == MULAW || this == ALAW;
  }
}
