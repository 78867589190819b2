package io.mt2kd.gateway.server.configuration;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import java.time.Duration;

/**
 * How utterances of many callers are gathered into the batches that the model runs.
 *
 * @param batchesInFlight at one replica, 1 to 64
 * @param mostBatchesInFlight that it may grow to where a replica delivers faster for it, {@code
 *     batchesInFlight} to 64
 * @param maximumWait for which an utterance is held back for a fuller batch while the model could
 *     take it, 0 s to 1 min
 */
public record BatchingConfiguration(
    int batchesInFlight, int mostBatchesInFlight, Duration maximumWait) {
  public static final BatchingConfiguration DEFAULT =
      new BatchingConfiguration(
          BatchingSettings.DEFAULT.batchesInFlight(),
          BatchingSettings.DEFAULT.mostBatchesInFlight(),
          BatchingSettings.DEFAULT.maximumWait());

  public BatchingConfiguration {
    Require.that(
        batchesInFlight >= 1 && batchesInFlight <= BatchingSettings.MOST_BATCHES_IN_FLIGHT,
        "batching.batches-in-flight",
        batchesInFlight,
        "1 to " + BatchingSettings.MOST_BATCHES_IN_FLIGHT);
    Require.that(
        mostBatchesInFlight >= batchesInFlight
            && mostBatchesInFlight <= BatchingSettings.MOST_BATCHES_IN_FLIGHT,
        "batching.most-batches-in-flight",
        mostBatchesInFlight,
        "batching.batches-in-flight, "
            + batchesInFlight
            + ", to "
            + BatchingSettings.MOST_BATCHES_IN_FLIGHT);
    Require.that(
        !maximumWait.isNegative() && maximumWait.compareTo(BatchingSettings.LONGEST_WAIT) <= 0,
        "batching.maximum-wait",
        maximumWait,
        "0s to " + BatchingSettings.LONGEST_WAIT.toSeconds() + "s");
  }

  /** The same as the batcher takes it. */
  public BatchingSettings settings() {
    return new BatchingSettings(batchesInFlight, mostBatchesInFlight, maximumWait);
  }
}
