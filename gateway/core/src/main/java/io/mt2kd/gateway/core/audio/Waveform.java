package io.mt2kd.gateway.core.audio;

import java.time.Duration;
import java.util.Arrays;

/**
 * One utterance as the model hears it: signed 16-bit mono samples at 16 kHz. Immutable by
 * convention: the array is handed over, not copied, and nobody writes to it afterwards.
 */
public final class Waveform {
  /** Samples in a second. */
  public static final int SAMPLE_RATE_HERTZ = 16_000;

  private final short[] samples;

  /** Takes the array over. */
  public Waveform(short[] samples) {
    this.samples = samples;
  }

  /** The samples themselves, not a copy; read only. */
  public short[] samples() {
    return samples;
  }

  public int sampleCount() {
    return samples.length;
  }

  public Duration duration() {
    return durationOf(samples.length);
  }

  /** Time that so many samples last. */
  public static Duration durationOf(long sampleCount) {
    return Duration.ofNanos(sampleCount * (1_000_000_000L / SAMPLE_RATE_HERTZ));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Waveform that && Arrays.equals(samples, that.samples);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(samples);
  }

  @Override
  public String toString() {
    return "Waveform[" + samples.length + " samples]";
  }
}
