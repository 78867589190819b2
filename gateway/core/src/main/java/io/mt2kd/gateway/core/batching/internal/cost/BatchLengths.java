package io.mt2kd.gateway.core.batching.internal.cost;

import java.util.HashMap;
import java.util.Map;

/**
 * How long the longest of several utterances of a bucket is, which is what each of them is padded
 * to.
 *
 * <p>The lengths of a bucket are taken for evenly spread between its edge and as far below as their
 * mean says, {@code m} times the edge: from {@code 2m - 1} to {@code 1}. The longest of {@code N}
 * is then {@code 1 - 2 (1 - m) / (N + 1)} times the edge on average: {@code m} of one alone, and
 * nearer to the edge the more there are. The mean is that of about the last hundred that came, and
 * the edge until the first has.
 *
 * <p>Not thread-safe.
 */
final class BatchLengths {
  private static final double FADE = 0.01;

  private final Map<Integer, Double> meanShares = new HashMap<>();

  /** An utterance of the bucket came. */
  void observe(int samples, int bucketSamples) {
    double share = (double) samples / bucketSamples;
    meanShares.merge(bucketSamples, share, (mean, one) -> mean + FADE * (one - mean));
  }

  /** Samples of the longest of so many of the bucket, on average. */
  double longest(int bucketSamples, int size) {
    double mean = meanShares.getOrDefault(bucketSamples, 1.0);
    return bucketSamples * (1 - 2 * (1 - mean) / (size + 1));
  }
}
