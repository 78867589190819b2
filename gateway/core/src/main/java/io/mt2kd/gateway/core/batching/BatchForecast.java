package io.mt2kd.gateway.core.batching;

import io.mt2kd.gateway.core.inference.ServedModel;
import java.time.Duration;
import java.util.List;

/** Tells what more work would mean for a batcher, before it is given that. Thread-safe. */
@FunctionalInterface
public interface BatchForecast {
  /**
   * What would come of utterances that were submitted now.
   *
   * @param model that they are for
   * @param bucketSamples of each, at least one: what it is padded to
   * @param deadlineNanos of all of them, by the batcher's ticker
   * @param timeShare of the time from its arrival to its deadline, within which each of them and of
   *     those that wait is to be answered; > 0, at most 1
   * @param samplesAhead padded, of work that the batcher has not got yet and that comes before them
   */
  Forecast forecast(
      ServedModel model,
      Priority priority,
      List<Integer> bucketSamples,
      long deadlineNanos,
      double timeShare,
      long samplesAhead);

  /**
   * @param lateness by which the last of them, or one that waits and that they would delay, misses
   *     its share of the time; zero or less where all are in time
   * @param secondsPerAudioSecond that the backend needs for such work, all replicas together
   */
  record Forecast(Duration lateness, double secondsPerAudioSecond) {}
}
