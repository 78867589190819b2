package io.mt2kd.gateway.core.batching.internal.cost;

import io.mt2kd.gateway.core.audio.Waveform;
import java.util.HashMap;
import java.util.Map;

/**
 * How long a replica is busy with a batch, learnt from the batches that finished.
 *
 * <ol>
 *   <li>In each bucket the time is a line over the number of utterances, {@code fixed + slope * N},
 *       fitted by a {@link WeightedRegression} on the batches of this bucket.
 *   <li>What is believed of a bucket beforehand comes from one line for all buckets, over the
 *       audio-seconds {@code N * S} that the backend computes, padding included. So a bucket in
 *       which nothing has run yet is predicted from its neighbours.
 *   <li>What is believed of that line beforehand is {@value #FIRST_FIXED_SECONDS} s and {@value
 *       #FIRST_SECONDS_PER_AUDIO_SECOND} s for each audio-second. A few batches outweigh it.
 *   <li>An observation counts as at most {@value #SURPRISE} times the prediction, once the bucket
 *       has seen {@value #SETTLED} batches: one stall must not rule the next hundred decisions,
 *       while a backend that has really become slower is believed after a few.
 *   <li>The relative error of the predictions, |time - predicted| / predicted and 1 at most, is
 *       averaged over about the last twenty. The cautious prediction allows for twice that.
 * </ol>
 *
 * <p>Predictions are never negative and never fall with N. Not thread-safe.
 */
public final class ServiceTimes {
  private static final double FIRST_FIXED_SECONDS = 0.01;
  private static final double FIRST_SECONDS_PER_AUDIO_SECOND = 0.01;
  private static final double ERROR_FADE = 0.05;
  private static final double ERRORS_ALLOWED_FOR = 2;
  private static final int SETTLED = 3;
  static final double SURPRISE = 4;
  private static final double NANOS = 1e9;

  /** What is believed of any backend beforehand. */
  static final Line FIRST = new Line(FIRST_FIXED_SECONDS, FIRST_SECONDS_PER_AUDIO_SECOND);

  private final Map<Integer, Bucket> buckets = new HashMap<>();
  private final WeightedRegression allBuckets = new WeightedRegression();
  private Line overall = FIRST;
  private final PredictionError error = new PredictionError(ERROR_FADE);
  private long observations;

  /**
   * The bucket that pads to so many samples; the same object each time.
   *
   * @param paddedSamples >= 1
   */
  public Bucket bucket(int paddedSamples) {
    return buckets.computeIfAbsent(paddedSamples, Bucket::new);
  }

  /** Predictions for the batches of one bucket. */
  public final class Bucket {
    private final double audioSeconds;
    private final WeightedRegression own = new WeightedRegression();
    private Line line;
    private long ownObservations;
    private long fittedAt;

    private Bucket(int paddedSamples) {
      this.audioSeconds = (double) paddedSamples / Waveform.SAMPLE_RATE_HERTZ;
      this.line = fit();
    }

    /** Time of a batch of {@code size}, in nanoseconds. */
    public long expectedNanos(int size) {
      return (long) (line().at(size) * NANOS);
    }

    /** The same with an allowance for how wrong predictions have been. */
    public long cautiousNanos(int size) {
      return (long) (line().at(size) * (1 + allowance()) * NANOS);
    }

    /**
     * Learns from a batch that has finished.
     *
     * @param size utterances in it, >= 1
     * @param busyNanos for which it kept a replica busy
     */
    public void observe(int size, long busyNanos) {
      double predicted = line().at(size);
      double seconds = busyNanos / NANOS;
      if (ownObservations >= SETTLED) {
        seconds = Math.min(seconds, SURPRISE * predicted);
      }
      error.observe(predicted, seconds);
      own.observe(size, seconds);
      allBuckets.observe(size * audioSeconds, seconds);
      overall = allBuckets.fit(FIRST);
      ownObservations++;
      observations++;
    }

    private Line line() {
      if (fittedAt != observations) {
        line = fit();
      }
      return line;
    }

    private Line fit() {
      fittedAt = observations;
      return own.fit(new Line(overall.fixed(), overall.slope() * audioSeconds));
    }
  }

  private double allowance() {
    return ERRORS_ALLOWED_FOR * error.mean();
  }
}
