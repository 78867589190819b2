package io.mt2kd.benchmarks.workload;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One recording as every side gets it.
 *
 * @param index in its workload
 * @param samples 16-bit mono at 16 kHz
 * @param content the same, little-endian
 */
public record Utterance(int index, short[] samples, ByteString content) {
  /** Samples a second. */
  public static final int RATE = 16_000;

  public static Utterance of(int index, short[] samples) {
    return new Utterance(index, samples, content(samples, samples.length));
  }

  /** The samples with silence up to so many, little-endian. */
  public ByteString padded(int paddedSamples) {
    return content(samples, paddedSamples);
  }

  public double seconds() {
    return (double) samples.length / RATE;
  }

  private static ByteString content(short[] samples, int paddedSamples) {
    ByteBuffer bytes =
        ByteBuffer.allocate(paddedSamples * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(samples);
    return UnsafeByteOperations.unsafeWrap(bytes);
  }
}
