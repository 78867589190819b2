package io.mt2kd.gateway.audio.internal.resample;

/**
 * The low-pass filter that every change of rate uses, as a function of continuous time.
 *
 * <p>With time {@code t} in periods of the lower of the two rates, the filter is {@code h(t) = 2c
 * sinc(2ct) w(t/W)}: an ideal low-pass at {@code c = 0.475} of the lower rate under a Kaiser window
 * {@code w(u) = I0(b sqrt(1-u^2)) / I0(b)} of half-width {@code W = 58}, {@code b = 8.96}. That is
 * Kaiser's design for 90 dB and a transition from 0.45 to 0.5 of the lower rate: towards 16 kHz
 * everything up to 7.2 kHz passes and nothing above 8 kHz folds back.
 *
 * <p>The values are tabulated 1,024 to the unit and interpolated linearly, which errs by less than
 * -118 dB. Immutable.
 *
 * <p>J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974.
 */
public final class WindowedSinc {
  static final int HALF_WIDTH = 58;

  /**
   * Table points in a unit of time; as many phases make the same error when phases are
   * interpolated.
   */
  static final int RESOLUTION = 1024;

  private static final double CUTOFF = 0.475;
  private static final double KAISER_BETA = 8.96;

  private final double[] table = new double[HALF_WIDTH * RESOLUTION + 2];

  public WindowedSinc() {
    double norm = besselI0(KAISER_BETA);
    for (int i = 0; i < HALF_WIDTH * RESOLUTION; i++) {
      double t = (double) i / RESOLUTION;
      double u = t / HALF_WIDTH;
      table[i] = sinc(2 * CUTOFF * t) * besselI0(KAISER_BETA * Math.sqrt(1 - u * u)) / norm;
    }
  }

  /** The filter at {@code time}, up to a factor; 0 outside its width. */
  double at(double time) {
    double position = Math.abs(time) * RESOLUTION;
    if (position >= HALF_WIDTH * RESOLUTION) {
      return 0;
    }
    int below = (int) position;
    double above = position - below;
    return table[below] + above * (table[below + 1] - table[below]);
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  }

  /** Modified Bessel function of the first kind, order 0, by its power series. */
  private static double besselI0(double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; term > sum * 1e-17; k++) {
      double factor = x / (2 * k);
      term *= factor * factor;
      sum += term;
    }
    return sum;
  }
}
