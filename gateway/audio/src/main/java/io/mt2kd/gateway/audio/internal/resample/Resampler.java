package io.mt2kd.gateway.audio.internal.resample;

import java.util.Arrays;
import java.util.function.DoubleConsumer;

/**
 * Changes the rate of one channel from {@code R} Hz to 16 kHz while the samples arrive.
 *
 * <p>Output sample {@code n} lies at input time {@code n M / L} with {@code M / L = R / 16000} in
 * lowest terms, and is the sum of the inputs around it weighted with {@link WindowedSinc}. The
 * weights depend on the phase {@code n M mod L} only.
 *
 * <ol>
 *   <li>Where all {@code L} phases fit into 2 MiB (every usual rate) each has its own row of
 *       weights, made when it is first needed.
 *   <li>Otherwise (for example 44,101 Hz: 16,000 phases) a fixed number of rows is spread over one
 *       input period and the results of the two nearest are interpolated: less than 1 MiB and at
 *       most 1e-6 of error at any rate.
 * </ol>
 *
 * <p>Each row sums to exactly 1, so that a constant stays what it was. There is no delay: the
 * filter is symmetric around the output's own time; before the first and after the last input there
 * is silence. {@code n} inputs give {@code ceil(n L / M)} outputs.
 *
 * <p>One use, one thread. Memory does not grow with the number of samples.
 */
final class Resampler {
  private static final int MOST_WEIGHTS = 1 << 18;
  private static final double[] NOT_MADE = {};

  private final WindowedSinc filter;
  private final DoubleConsumer output;
  private final int interpolation;
  private final int decimation;

  /** Filter time that passes in one input period. */
  private final double timeScale;

  private final int half;
  private final boolean exactRows;
  private final double[][] rows;

  /** Inputs {@code windowStart ..}, of which {@code buffered} are there. */
  private final double[] window;

  private long windowStart;
  private int buffered;
  private long received;

  /** Time of the next output: {@code base + phase / interpolation} input periods. */
  private long base;

  private int phase;

  /**
   * @param interpolation {@code L}
   * @param decimation {@code M}
   */
  Resampler(WindowedSinc filter, int interpolation, int decimation, DoubleConsumer output) {
    this.filter = filter;
    this.output = output;
    this.interpolation = interpolation;
    this.decimation = decimation;
    timeScale = Math.min(1.0, (double) interpolation / decimation);
    half = (int) Math.ceil(WindowedSinc.HALF_WIDTH / timeScale);
    exactRows = (long) interpolation * 2 * half <= MOST_WEIGHTS;
    rows =
        new double
            [exactRows ? interpolation : 1 + (int) Math.ceil(WindowedSinc.RESOLUTION * timeScale)]
            [];
    Arrays.fill(rows, NOT_MADE);
    window = new double[8 * half];
    windowStart = 1 - half;
    buffered = half - 1;
  }

  /** Number of outputs that so many inputs give. */
  static long outputCount(long inputs, int interpolation, int decimation) {
    return (inputs * interpolation + decimation - 1) / decimation;
  }

  void accept(double sample) {
    received++;
    push(sample, Long.MAX_VALUE);
  }

  /** Lets the tail out; nothing may follow. */
  void finish() {
    long end = outputCount(received, interpolation, decimation);
    while (emitted() < end) {
      push(0, end);
    }
  }

  private long emitted() {
    return (base * interpolation + phase) / decimation;
  }

  private void push(double sample, long end) {
    if (buffered == window.length) {
      int obsolete = (int) (base - half + 1 - windowStart);
      buffered -= obsolete;
      windowStart += obsolete;
      System.arraycopy(window, obsolete, window, 0, buffered);
    }
    window[buffered++] = sample;
    while (base + half < windowStart + buffered && (end == Long.MAX_VALUE || emitted() < end)) {
      output.accept(next());
      phase += decimation;
      base += phase / interpolation;
      phase %= interpolation;
    }
  }

  private double next() {
    int first = (int) (base - half + 1 - windowStart);
    if (exactRows) {
      return dot(row(phase, interpolation), first);
    }
    double position = (double) phase / interpolation * (rows.length - 1);
    int below = (int) position;
    double above = position - below;
    return (1 - above) * dot(row(below, rows.length - 1), first)
        + above * dot(row(below + 1, rows.length - 1), first);
  }

  private double[] row(int index, int phases) {
    double[] row = rows[index];
    if (row == NOT_MADE) {
      row = new double[2 * half];
      double sum = 0;
      for (int i = 0; i < row.length; i++) {
        row[i] = filter.at((i - half + 1 - (double) index / phases) * timeScale);
        sum += row[i];
      }
      for (int i = 0; i < row.length; i++) {
        row[i] /= sum;
      }
      rows[index] = row;
    }
    return row;
  }

  /** Four sums, so that additions need not wait for each other. The number of taps is even. */
  private double dot(double[] weights, int first) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i + 3 < weights.length; i += 4) {
      a += weights[i] * window[first + i];
      b += weights[i + 1] * window[first + i + 1];
      c += weights[i + 2] * window[first + i + 2];
      d += weights[i + 3] * window[first + i + 3];
    }
    for (; i < weights.length; i++) {
      a += weights[i] * window[first + i];
    }
    return a + b + (c + d);
  }
}
