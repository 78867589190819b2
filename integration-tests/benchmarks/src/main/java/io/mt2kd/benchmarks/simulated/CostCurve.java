package io.mt2kd.benchmarks.simulated;

/**
 * How long a device runs a batch: {@code fixed + perAudioSecond * N * S}, S in padded seconds.
 *
 * <p>The first part is what a GPU takes to start its kernels whatever they compute, the second what
 * they compute once it is full. The default follows the encoder times that k2-fsa/sherpa publishes
 * for a Conformer as a TensorRT plan in FP16: 5.2, 11.8, 20.4, 37.6, 69.8 and 139.7 ms for batches
 * of 1, 8, 16, 32, 64 and 128; the line through the first two, 4.26 ms + 0.943 ms * N, is 2 to 11 %
 * below the others. Neither the GPU nor the length of the utterances is named there: here they are
 * taken to be {@value #PUBLISHED_SECONDS} s long, which makes an assumption of the second part.
 *
 * @param fixedSeconds of any batch, >= 0
 * @param secondsPerAudioSecond of padded audio, >= 0
 */
public record CostCurve(double fixedSeconds, double secondsPerAudioSecond) {
  private static final double PUBLISHED_SECONDS = 5;

  public static final CostCurve PUBLISHED = new CostCurve(0.00426, 0.000943 / PUBLISHED_SECONDS);

  public CostCurve {
    if (!(fixedSeconds >= 0 && secondsPerAudioSecond >= 0)) {
      throw new IllegalArgumentException(
          "fixedSeconds: "
              + fixedSeconds
              + ", secondsPerAudioSecond: "
              + secondsPerAudioSecond
              + " (expected: >= 0 each)");
    }
  }

  /** The same curve for a device so many times slower. */
  public CostCurve slowed(double times) {
    return new CostCurve(fixedSeconds * times, secondsPerAudioSecond * times);
  }

  /** Nanoseconds that a batch takes. */
  long nanos(int size, int paddedSamples) {
    return Math.round((fixedSeconds + secondsPerAudioSecond * size * paddedSamples / 16_000) * 1e9);
  }
}
