package io.mt2kd.gateway.core.batching.internal.cost;

import java.util.HashMap;
import java.util.Map;

/**
 * How long the longest of several utterances of a bucket is, which is what each of them is padded
 * to.
 *
 * <p>The lengths of a bucket are taken for evenly spread about their mean {@code m}, as far as
 * their mean distance from it, {@code d}, says: from {@code m - 2d} to {@code m + 2d}. The longest
 * of {@code N} is then {@code m + 2d (N - 1) / (N + 1)} on average, and never past the bucket's
 * edge: {@code m} of one alone, longer the more there are, and always {@code m} where all are
 * alike. Mean and distance are those of about the last hundred that came; before the first, the
 * longest is the edge.
 *
 * <p>Not thread-safe.
 */
final class BatchLengths {
  private final Map<Integer, Spread> buckets = new HashMap<>();

  /** An utterance of the bucket came. */
  void observe(int samples, int bucketSamples) {
    buckets.computeIfAbsent(bucketSamples, bucket -> new Spread()).observe(samples);
  }

  /** Samples of the longest of so many of the bucket, on average. */
  double longest(int bucketSamples, int size) {
    Spread spread = buckets.get(bucketSamples);
    return spread == null ? bucketSamples : Math.min(bucketSamples, spread.longest(size));
  }

  private static final class Spread {
    private static final int WINDOW = 100;

    private int seen;
    private double mean;
    private double distance;

    void observe(int samples) {
      seen = Math.min(WINDOW, seen + 1);
      mean += (samples - mean) / seen;
      distance += (Math.abs(samples - mean) - distance) / seen;
    }

    double longest(int size) {
      return mean + 2 * distance * (size - 1) / (size + 1);
    }
  }
}
