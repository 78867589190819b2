package io.mt2kd.gateway.core.audio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.time.Duration;

/**
 * One utterance as the model hears it: signed 16-bit mono samples at 16 kHz, in the little-endian
 * bytes in which they go out, so that a recording that came in this form is never copied. Immutable
 * by convention: the bytes are handed over, not copied, and nobody writes to them afterwards.
 */
public final class Waveform {
  /** Samples in a second. */
  public static final int SAMPLE_RATE_HERTZ = 16_000;

  private final ByteBuffer bytes;

  private Waveform(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /**
   * Takes over what is between the buffer's position and its limit, whatever its byte order says.
   *
   * @throws IllegalArgumentException when that is no whole number of samples
   */
  public static Waveform of(ByteBuffer littleEndian) {
    if (littleEndian.remaining() % Short.BYTES != 0) {
      throw new IllegalArgumentException(
          "littleEndian: " + littleEndian.remaining() + " bytes (expected: two for each sample)");
    }
    return new Waveform(littleEndian.slice());
  }

  /** Copies the samples. */
  public static Waveform of(short[] samples) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Short.BYTES * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(samples);
    return of(bytes);
  }

  /**
   * The bytes of the samples in a view of their own, not a copy; nobody writes to them. They keep
   * their array where they have one, so that others can wrap it.
   */
  public ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The samples in a view of their own, not a copy; read only. */
  public ShortBuffer samples() {
    return bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
  }

  public int sampleCount() {
    return bytes.limit() / Short.BYTES;
  }

  public Duration duration() {
    return durationOf(sampleCount());
  }

  /** Time that so many samples last. */
  public static Duration durationOf(long sampleCount) {
    return Duration.ofNanos(sampleCount * (1_000_000_000L / SAMPLE_RATE_HERTZ));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Waveform that && bytes.equals(that.bytes);
  }

  @Override
  public int hashCode() {
    return bytes.hashCode();
  }

  @Override
  public String toString() {
    return "Waveform[" + sampleCount() + " samples]";
  }
}
