package io.mt2kd.gateway.core.batching;

import java.time.Duration;

/**
 * How utterances are gathered into batches.
 *
 * @param batchesInFlight most at one replica, 1 to 64; with two the backend has its next batch at
 *     hand when it finishes one
 * @param maximumWait for which an utterance is held back for a fuller batch while the backend could
 *     take it, 0 to 60 s; 0 for never
 */
public record BatchingSettings(int batchesInFlight, Duration maximumWait) {
  /** Most that {@link #batchesInFlight} may be. */
  public static final int MOST_BATCHES_IN_FLIGHT = 64;

  /** Longest that {@link #maximumWait} may be. */
  public static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  public static final BatchingSettings DEFAULT = new BatchingSettings(2, Duration.ofMillis(100));

  public BatchingSettings {
    if (batchesInFlight < 1 || batchesInFlight > MOST_BATCHES_IN_FLIGHT) {
      throw new IllegalArgumentException(
          "batchesInFlight: "
              + batchesInFlight
              + " (expected: 1 to "
              + MOST_BATCHES_IN_FLIGHT
              + ")");
    }
    if (maximumWait.isNegative() || maximumWait.compareTo(LONGEST_WAIT) > 0) {
      throw new IllegalArgumentException(
          "maximumWait: " + maximumWait + " (expected: 0 to " + LONGEST_WAIT + ")");
    }
  }
}
