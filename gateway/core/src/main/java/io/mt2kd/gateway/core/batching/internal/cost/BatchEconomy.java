package io.mt2kd.gateway.core.batching.internal.cost;

import io.mt2kd.gateway.core.audio.Waveform;
import java.util.HashMap;
import java.util.Map;

/**
 * How many utterances are worth putting into one batch. On a processor, whose time for long
 * recordings is all slope, one more wins nothing: it makes all of the batch wait for each other,
 * those behind it for all of the batch, and pads each to the longest.
 *
 * <ol>
 *   <li><b>Own time.</b> A replica that runs batches side by side finishes them in an order that
 *       does not tell what each took. So each of {@value #HYPOTHESES} hypotheses, that a replica
 *       runs the oldest 1, 2, 4 of the batches under way at equal parts of its speed, adds up for
 *       each batch a time of its own: {@link Share}.
 *   <li><b>Line.</b> Under each hypothesis own times are {@code fixed + slope * N * S} over the
 *       audio-seconds that the backend computes, padding included, fitted by a {@link
 *       WeightedRegression} that believes in the shape of {@link ServiceTimes#FIRST}. A time counts
 *       as at most {@value ServiceTimes#SURPRISE} times the prediction, and as a microsecond at
 *       least, of which no throughput is infinite.
 *   <li><b>Choice.</b> Believed is the hypothesis whose line has predicted best: by the mean of
 *       |time - predicted| / predicted, 1 at most, over about the last fifty batches. Under a wrong
 *       one a batch's own time holds parts of its neighbours', which no line explains.
 *   <li><b>Size.</b> A batch of {@code N} delivers {@code N / (fixed + slope * N * S)} utterances a
 *       second, where {@code S} is the longest of {@code N}: {@link BatchLengths}. Worth it are the
 *       fewest that deliver within {@value #FORGONE} of the most that any size does. Until {@value
 *       #ENOUGH} batches have been seen the largest batch is.
 * </ol>
 *
 * <p>Not thread-safe.
 */
public final class BatchEconomy {
  private static final int HYPOTHESES = 3;
  private static final double FORGONE = 0.03;
  private static final int ENOUGH = 64;
  private static final double ERROR_FADE = 0.02;
  private static final double LEAST_SECONDS = 1e-6;
  private static final double NANOS = 1e9;

  private final Hypothesis[] hypotheses = new Hypothesis[HYPOTHESES];
  private final BatchLengths lengths = new BatchLengths();
  // Asked for many times between two batches.
  private final Map<Kind, Integer> worthwhileSizes = new HashMap<>();
  private Line believed = ServiceTimes.FIRST;
  private int observations;

  private record Kind(int bucketSamples, int most) {}

  /** One that has seen nothing yet. */
  public BatchEconomy() {
    for (int i = 0; i < HYPOTHESES; i++) {
      hypotheses[i] = new Hypothesis();
    }
  }

  /** What a batch has had of its replica's time so far, under each hypothesis. */
  public static final class Share {
    private final double[] ownNanos = new double[HYPOTHESES];

    /**
     * Time goes by.
     *
     * @param place among the batches under way at the replica, 0 for the oldest
     * @param underWay how many these are
     */
    public void passed(long nanos, int place, int underWay) {
      for (int i = 0; i < HYPOTHESES; i++) {
        int running = Math.min(1 << i, underWay);
        if (place < running) {
          ownNanos[i] += (double) nanos / running;
        }
      }
    }
  }

  /** Learns from an utterance that has come, however long it waits. */
  public void arrived(int samples, int bucketSamples) {
    lengths.observe(samples, bucketSamples);
  }

  /**
   * Learns from a batch that has finished.
   *
   * @param paddedSamples of all its utterances together
   */
  public void observe(long paddedSamples, Share share) {
    observations = Math.min(ENOUGH, observations + 1);
    Hypothesis best = hypotheses[0];
    for (int i = 0; i < HYPOTHESES; i++) {
      hypotheses[i].observe(seconds(paddedSamples), share.ownNanos[i] / NANOS);
      best = hypotheses[i].error.mean() < best.error.mean() ? hypotheses[i] : best;
    }
    believed = best.line;
    worthwhileSizes.clear();
  }

  /**
   * The fewest utterances that are worth a batch of their own.
   *
   * @param bucketSamples of each at most
   * @param most that a batch may hold, >= 1
   */
  public int worthwhileSize(int bucketSamples, int most) {
    if (observations < ENOUGH) {
      return most;
    }
    return worthwhileSizes.computeIfAbsent(new Kind(bucketSamples, most), this::fewest);
  }

  private int fewest(Kind kind) {
    double best = 0;
    for (int size = 1; size <= kind.most; size++) {
      best = Math.max(best, throughput(kind.bucketSamples, size));
    }
    int size = 1;
    while (throughput(kind.bucketSamples, size) < (1 - FORGONE) * best) {
      size++;
    }
    return size;
  }

  private double throughput(int bucketSamples, int size) {
    return size / believed.at(size * seconds(lengths.longest(bucketSamples, size)));
  }

  private static double seconds(double samples) {
    return samples / Waveform.SAMPLE_RATE_HERTZ;
  }

  private static final class Hypothesis {
    private final WeightedRegression regression = new WeightedRegression();
    private Line line = ServiceTimes.FIRST;
    private final PredictionError error = new PredictionError(ERROR_FADE);

    void observe(double audioSeconds, double own) {
      double predicted = line.at(audioSeconds);
      double ownSeconds = Math.max(LEAST_SECONDS, Math.min(own, ServiceTimes.SURPRISE * predicted));
      error.observe(predicted, ownSeconds);
      regression.observe(audioSeconds, ownSeconds);
      line = regression.fitShape(ServiceTimes.FIRST);
    }
  }
}
