package io.mt2kd.gateway.core.audio;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.util.Locale;

/**
 * Shortest and longest recording that is served, both inclusive.
 *
 * @param minimumSamples at 16 kHz
 * @param maximumSamples at 16 kHz
 */
public record LengthLimits(int minimumSamples, int maximumSamples) {
  public LengthLimits {
    if (minimumSamples < 1 || maximumSamples < minimumSamples) {
      throw new IllegalArgumentException(
          "limits: "
              + minimumSamples
              + ".."
              + maximumSamples
              + " (expected: 1 <= minimum <= maximum)");
    }
  }

  /**
   * Returns {@code sampleCount} where it is within the limits.
   *
   * @param sampleCount samples at 16 kHz
   * @throws InvalidArgumentException on field {@code content} otherwise
   */
  public int require(long sampleCount) {
    if (sampleCount < minimumSamples || sampleCount > maximumSamples) {
      throw InvalidArgumentException.of(
          "content",
          String.format(
              Locale.ROOT, "%.4f s of audio", (double) sampleCount / Waveform.SAMPLE_RATE_HERTZ),
          expected());
    }
    return (int) sampleCount;
  }

  /** The range in words, for messages: for example {@code 0.1 to 30 s of audio}. */
  public String expected() {
    return String.format(
        Locale.ROOT, "%s to %s s of audio", seconds(minimumSamples), seconds(maximumSamples));
  }

  private static String seconds(int samples) {
    String text = String.format(Locale.ROOT, "%.3f", (double) samples / Waveform.SAMPLE_RATE_HERTZ);
    return text.replaceAll("0+$", "").replaceAll("\\.$", "");
  }
}
