package io.mt2kd.gateway.core.batching.internal.cost;

/**
 * Least squares of a time {@code y} on {@code (1, x)} over a window that fades.
 *
 * <p>Each observation has the weight {@code 1 / x}, because what takes longer also varies more, and
 * loses {@value #FADE} of it with every later one: about the last 33 count. The fit adds two
 * imagined observations on a line that is believed beforehand, each of the weight {@value #BELIEF}
 * / x. They keep the equations solvable where all observations lie at one {@code x}, and are soon
 * outweighed wherever something has been observed.
 *
 * <p>The line never falls and never starts below zero: where the plain solution has a negative
 * slope it is the weighted mean, and where it has a negative start it is the best line through the
 * origin.
 */
final class WeightedRegression {
  private static final double FADE = 0.03;
  private static final double BELIEF = 0.1;

  /** Where the imagined observations lie: near the small end, or their leverage would be great. */
  private static final double[] BELIEVED_AT = {1, 4};

  // Sums of w, w*x, w*x*x, w*y and w*x*y.
  private double weight;
  private double x;
  private double xx;
  private double y;
  private double xy;

  /**
   * @param x > 0
   */
  void observe(double x, double y) {
    this.weight *= 1 - FADE;
    this.x *= 1 - FADE;
    this.xx *= 1 - FADE;
    this.y *= 1 - FADE;
    this.xy *= 1 - FADE;
    add(x, y, 1 / x);
  }

  Line fit(Line believed) {
    WeightedRegression sums = new WeightedRegression();
    sums.weight = weight;
    sums.x = x;
    sums.xx = xx;
    sums.y = y;
    sums.xy = xy;
    for (double at : BELIEVED_AT) {
      sums.add(at, believed.at(at), BELIEF / at);
    }
    return sums.solve();
  }

  /**
   * The same where only the shape of the line is believed, not its height: the belief is scaled to
   * what was observed, or it would tilt the line of a backend that is much faster or slower.
   *
   * <p>Something must have been observed.
   */
  Line fitShape(Line believed) {
    double scale = y / (believed.fixed() * weight + believed.slope() * x);
    return fit(new Line(scale * believed.fixed(), scale * believed.slope()));
  }

  private void add(double x, double y, double w) {
    this.weight += w;
    this.x += w * x;
    this.xx += w * x * x;
    this.y += w * y;
    this.xy += w * x * y;
  }

  private Line solve() {
    double determinant = weight * xx - x * x;
    double slope = (weight * xy - x * y) / determinant;
    double fixed = (y - slope * x) / weight;
    if (slope < 0) {
      return new Line(y / weight, 0);
    }
    if (fixed < 0) {
      return new Line(0, xy / xx);
    }
    return new Line(fixed, slope);
  }
}
