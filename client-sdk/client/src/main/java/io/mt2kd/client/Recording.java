package io.mt2kd.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One recording of 0.1 to 30 seconds, as a gateway takes it: a container (WAV, FLAC, Ogg/Opus) or
 * raw samples.
 *
 * <p>Immutable: factories copy what they are given. Whether the bytes really are audio is for the
 * gateway to say; it answers with an {@link InvalidRequestException} that names the field.
 */
public final class Recording {
  /**
   * Most bytes that a recording may have here. A gateway usually takes less: {@link
   * ModelInfo#maxRequestBytes()}.
   */
  public static final int MAX_BYTES = 256 << 20;

  private static final int MONO = 1;

  private final AudioEncoding encoding;
  private final int sampleRateHertz;
  private final int channelCount;
  private final byte[] content;

  private Recording(AudioEncoding encoding, int sampleRateHertz, int channelCount, byte[] content) {
    if (content.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "content: " + content.length + " bytes (expected: <= " + MAX_BYTES + ")");
    }
    this.encoding = encoding;
    this.sampleRateHertz = sampleRateHertz;
    this.channelCount = channelCount;
    this.content = content;
  }

  /**
   * Reads a WAV, FLAC or Ogg/Opus file, now; the gateway tells which of them by its content.
   *
   * @throws IOException when the file cannot be read or has more than {@link #MAX_BYTES}
   */
  public static Recording file(Path path) throws IOException {
    long size = Files.size(path);
    if (size > MAX_BYTES) {
      throw new IOException(path + ": " + size + " bytes (expected: <= " + MAX_BYTES + ")");
    }
    return new Recording(AudioEncoding.CONTAINER, 0, 0, Files.readAllBytes(path));
  }

  /** A whole WAV, FLAC or Ogg/Opus file; the gateway tells which of them by its content. */
  public static Recording container(byte[] content) {
    return new Recording(AudioEncoding.CONTAINER, 0, 0, content.clone());
  }

  /** A whole WAV file. */
  public static Recording wav(byte[] content) {
    return new Recording(AudioEncoding.WAV, 0, 0, content.clone());
  }

  /** A whole FLAC file. */
  public static Recording flac(byte[] content) {
    return new Recording(AudioEncoding.FLAC, 0, 0, content.clone());
  }

  /** A whole Ogg file with one Opus stream. */
  public static Recording oggOpus(byte[] content) {
    return new Recording(AudioEncoding.OGG_OPUS, 0, 0, content.clone());
  }

  /**
   * 16-bit samples of one channel.
   *
   * @param sampleRateHertz 1,000 to 384,000
   */
  public static Recording pcm16(short[] samples, int sampleRateHertz) {
    ByteBuffer bytes = allocate(samples.length, Short.BYTES);
    bytes.asShortBuffer().put(samples);
    return new Recording(AudioEncoding.PCM_S16LE, sampleRateHertz, MONO, bytes.array());
  }

  /**
   * Float samples of one channel.
   *
   * @param samples in [-1, 1]
   * @param sampleRateHertz 1,000 to 384,000
   */
  public static Recording pcmFloat(float[] samples, int sampleRateHertz) {
    ByteBuffer bytes = allocate(samples.length, Float.BYTES);
    bytes.asFloatBuffer().put(samples);
    return new Recording(AudioEncoding.PCM_F32LE, sampleRateHertz, MONO, bytes.array());
  }

  /**
   * Samples without a header, channels interleaved.
   *
   * @param encoding a raw one
   * @param sampleRateHertz 1,000 to 384,000
   * @param channelCount 1 to 32; mixed down to one
   * @throws IllegalArgumentException when the encoding is a container's or the content ends inside
   *     a frame
   */
  public static Recording raw(
      AudioEncoding encoding, byte[] content, int sampleRateHertz, int channelCount) {
    if (!encoding.raw()) {
      throw new IllegalArgumentException(
          "encoding: " + encoding + " (expected: PCM_S16LE, PCM_F32LE, MULAW or ALAW)");
    }
    if (channelCount < 1) {
      throw new IllegalArgumentException("channelCount: " + channelCount + " (expected: 1..32)");
    }
    long frame = (long) encoding.bytesPerSample() * channelCount;
    if (content.length % frame != 0) {
      throw new IllegalArgumentException(
          "content: "
              + content.length
              + " bytes (expected: a multiple of "
              + frame
              + ", the bytes of one frame)");
    }
    return new Recording(encoding, sampleRateHertz, channelCount, content.clone());
  }

  private static ByteBuffer allocate(int samples, int bytesPerSample) {
    if (samples > MAX_BYTES / bytesPerSample) {
      throw new IllegalArgumentException(
          "samples: " + samples + " (expected: <= " + MAX_BYTES / bytesPerSample + ")");
    }
    return ByteBuffer.allocate(samples * bytesPerSample).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** How {@link #content()} is to be read. */
  public AudioEncoding encoding() {
    return encoding;
  }

  /** Samples a second of raw samples; 0 for containers. */
  public int sampleRateHertz() {
    return sampleRateHertz;
  }

  /** Interleaved channels of raw samples; 0 for containers. */
  public int channelCount() {
    return channelCount;
  }

  /** The bytes, read-only and not copied. */
  public ByteBuffer content() {
    return ByteBuffer.wrap(content).asReadOnlyBuffer();
  }

  /** Two recordings are equal when a gateway could not tell them apart. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Recording that
        && encoding == that.encoding
        && sampleRateHertz == that.sampleRateHertz
        && channelCount == that.channelCount
        && Arrays.equals(content, that.content);
  }

  @Override
  public int hashCode() {
    return Objects.hash(encoding, sampleRateHertz, channelCount, Arrays.hashCode(content));
  }

  @Override
  public String toString() {
    return "Recording["
        + encoding
        + ", "
        + content.length
        + " bytes"
        + (encoding.raw() ? ", " + sampleRateHertz + " Hz, " + channelCount + " channel(s)" : "")
        + "]";
  }
}
