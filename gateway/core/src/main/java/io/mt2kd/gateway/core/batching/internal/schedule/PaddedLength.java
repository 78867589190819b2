package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.audio.Waveform;
import java.util.stream.IntStream;

/**
 * How long the tensor of a batch is: as its longest member, rounded up to {@value #STEP_SAMPLES}
 * samples, a quarter of a second, and never beyond the bucket. The edge of the bucket says who
 * leaves together, not how much silence the backend computes. Rounded, because each shape that a
 * backend has not seen yet may cost it memory and preparation: a bucket has few shapes, and a plan
 * of TensorRT takes all of them in the one profile of the bucket.
 */
final class PaddedLength {
  private static final int STEP_SAMPLES = Waveform.SAMPLE_RATE_HERTZ / 4;

  private PaddedLength() {}

  /**
   * Samples that each member is padded to.
   *
   * @param members samples of each; at least one, none longer than the bucket
   */
  static int of(IntStream members, int bucketSamples) {
    int longest = members.max().orElseThrow();
    int steps = (longest + STEP_SAMPLES - 1) / STEP_SAMPLES;
    return Math.min(bucketSamples, steps * STEP_SAMPLES);
  }
}
