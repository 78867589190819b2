package io.mt2kd.gateway.core.batching;

import java.time.Duration;

/**
 * How utterances are gathered into batches.
 *
 * @param batchesInFlight at one replica, 1 to 64; with two the backend has its next batch at hand
 *     when it finishes one
 * @param mostBatchesInFlight that it may grow to where a replica delivers faster for it, {@code
 *     batchesInFlight} to 64
 * @param maximumWait for which an utterance is held back for a fuller batch while the backend could
 *     take it, 0 to 60 s; 0 for never
 */
public record BatchingSettings(int batchesInFlight, int mostBatchesInFlight, Duration maximumWait) {
  /** Most that {@link #mostBatchesInFlight} may be. */
  public static final int MOST_BATCHES_IN_FLIGHT = 64;

  /** Longest that {@link #maximumWait} may be. */
  public static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  public static final BatchingSettings DEFAULT = new BatchingSettings(2, 8, Duration.ofMillis(100));

  /** With a number of batches in flight that never changes. */
  public BatchingSettings(int batchesInFlight, Duration maximumWait) {
    this(batchesInFlight, batchesInFlight, maximumWait);
  }

  public BatchingSettings {
    requireWithin("batchesInFlight", batchesInFlight, 1);
    requireWithin("mostBatchesInFlight", mostBatchesInFlight, batchesInFlight);
    if (maximumWait.isNegative() || maximumWait.compareTo(LONGEST_WAIT) > 0) {
      throw new IllegalArgumentException(
          "maximumWait: " + maximumWait + " (expected: 0 to " + LONGEST_WAIT + ")");
    }
  }

  private static void requireWithin(String field, int value, int least) {
    if (value < least || value > MOST_BATCHES_IN_FLIGHT) {
      throw new IllegalArgumentException(
          field + ": " + value + " (expected: " + least + " to " + MOST_BATCHES_IN_FLIGHT + ")");
    }
  }
}
