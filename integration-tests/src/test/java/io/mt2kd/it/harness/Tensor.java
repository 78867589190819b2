package io.mt2kd.it.harness;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Numbers with a shape.
 *
 * @param integers whether they are to be equal, not close
 * @param values in C order
 */
public record Tensor(boolean integers, int[] shape, double[] values) {
  /** Reads little-endian INT32 or FP32 values. */
  public static Tensor read(String datatype, int[] shape, ByteBuffer bytes) {
    boolean integers = datatype.equals("INT32");
    if (!integers && !datatype.equals("FP32")) {
      throw new AssertionError("datatype: " + datatype + " (expected: INT32 or FP32)");
    }
    double[] values = new double[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    if (bytes.remaining() != values.length * 4) {
      throw new AssertionError(
          bytes.remaining() + " bytes for the shape " + Arrays.toString(shape));
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = integers ? bytes.getInt() : bytes.getFloat();
    }
    return new Tensor(integers, shape, values);
  }

  /** The answer to one utterance of a batch. */
  public Tensor row(int index) {
    int[] rest = Arrays.copyOfRange(shape, 1, shape.length);
    int size = Arrays.stream(rest).reduce(1, Math::multiplyExact);
    return new Tensor(integers, rest, Arrays.copyOfRange(values, index * size, (index + 1) * size));
  }

  /**
   * Largest difference from another answer to the same utterance. One of the two may go on longer
   * on its first axis, as it does when the utterance was padded: what it has there must be zero.
   *
   * @throws AssertionError where the two cannot be compared, or integers differ
   */
  public double difference(Tensor other) {
    if (!Arrays.equals(tail(shape), tail(other.shape)) || integers != other.integers) {
      throw new AssertionError(Arrays.toString(shape) + " against " + Arrays.toString(other.shape));
    }
    double largest = 0;
    for (int i = 0; i < Math.max(values.length, other.values.length); i++) {
      double difference = Math.abs(at(i) - other.at(i));
      if (integers && difference != 0) {
        throw new AssertionError("at " + i + ": " + at(i) + " against " + other.at(i));
      }
      // NaN, where there is one.
      largest = Math.max(largest, difference);
    }
    return largest;
  }

  private double at(int index) {
    return index < values.length ? values[index] : 0;
  }

  private static int[] tail(int[] shape) {
    return Arrays.copyOfRange(shape, 1, shape.length);
  }
}
