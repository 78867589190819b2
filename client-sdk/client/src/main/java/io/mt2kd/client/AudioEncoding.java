package io.mt2kd.client;

/** How the bytes of a {@link Recording} are to be read. */
public enum AudioEncoding {
  /** Read from the container's own header: WAV, FLAC or Ogg/Opus. */
  CONTAINER(0),
  /** RIFF/WAVE with PCM, IEEE float, µ-law or A-law samples. */
  WAV(0),
  /** Native FLAC. */
  FLAC(0),
  /** Opus in Ogg. */
  OGG_OPUS(0),
  /** Raw signed 16-bit little-endian samples. */
  PCM_S16LE(2),
  /** Raw 32-bit little-endian IEEE float samples in [-1, 1]. */
  PCM_F32LE(4),
  /** Raw G.711 µ-law. */
  MULAW(1),
  /** Raw G.711 A-law. */
  ALAW(1);

  private final int bytesPerSample;

  AudioEncoding(int bytesPerSample) {
    this.bytesPerSample = bytesPerSample;
  }

  /** Whether the bytes are samples without a header, so that rate and channels must be told. */
  public boolean raw() {
    return bytesPerSample > 0;
  }

  /** Bytes of one sample of one channel; 0 for containers. */
  int bytesPerSample() {
    return bytesPerSample;
  }
}
