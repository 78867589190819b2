package io.mt2kd.gateway.core.speaker;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A voice as a point on the unit sphere. Comparable only with voiceprints of the same model, which
 * the caller of {@link #cosine} sees to. Immutable by convention: the array is handed over, not
 * copied.
 */
public final class Voiceprint {
  private static final double SHORTEST = 1e-6;
  private static final double UNIT_TOLERANCE = 1e-4;

  private final float[] values;

  private Voiceprint(float[] values) {
    this.values = values;
  }

  /**
   * Scales the vector to unit length.
   *
   * @throws IllegalArgumentException when it has no direction: empty, zero or not finite
   */
  public static Voiceprint of(float[] vector) {
    double length = Math.sqrt(dot(vector, vector));
    if (!(length > SHORTEST && length < Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "voiceprint of length " + length + " (expected: a direction)");
    }
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] / length);
    }
    return new Voiceprint(unit);
  }

  /**
   * Takes over what {@link #values()} of a voiceprint gave, bit for bit: scaling a unit vector once
   * more could move its last bit.
   *
   * @throws IllegalArgumentException when the vector is not of unit length
   */
  public static Voiceprint ofUnit(float[] unit) {
    double length = Math.sqrt(dot(unit, unit));
    if (!(Math.abs(length - 1) <= UNIT_TOLERANCE)) {
      throw new IllegalArgumentException("voiceprint of length " + length + " (expected: 1)");
    }
    return new Voiceprint(unit);
  }

  /**
   * The direction of the mean of several voiceprints of one voice.
   *
   * @param voiceprints at least one, all of one model
   * @throws IllegalArgumentException when they cancel out, which voiceprints of one voice never do
   */
  public static Voiceprint mean(List<Voiceprint> voiceprints) {
    return of(sum(voiceprints));
  }

  /** As {@link #mean}; nothing where they cancel out. */
  static Optional<Voiceprint> direction(List<Voiceprint> voiceprints) {
    float[] sum = sum(voiceprints);
    return Math.sqrt(dot(sum, sum)) > SHORTEST ? Optional.of(of(sum)) : Optional.empty();
  }

  private static float[] sum(List<Voiceprint> voiceprints) {
    float[] sum = new float[voiceprints.get(0).size()];
    for (Voiceprint voiceprint : voiceprints) {
      requireSameSize(sum, voiceprint.values);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += voiceprint.values[i];
      }
    }
    return sum;
  }

  /** In [-1, 1]. */
  public double cosine(Voiceprint other) {
    return Math.max(-1, Math.min(1, dot(values, other.values)));
  }

  /** Number of dimensions. */
  public int size() {
    return values.length;
  }

  /** The values themselves, not a copy; read only. */
  public float[] values() {
    return values;
  }

  private static double dot(float[] a, float[] b) {
    requireSameSize(a, b);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static void requireSameSize(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          "voiceprints of " + a.length + " and " + b.length + " dimensions");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Voiceprint that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  /** Biometric data stays out of logs. */
  @Override
  public String toString() {
    return "Voiceprint[" + values.length + "]";
  }
}
