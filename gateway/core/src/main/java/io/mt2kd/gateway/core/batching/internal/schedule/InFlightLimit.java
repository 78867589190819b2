package io.mt2kd.gateway.core.batching.internal.schedule;

/**
 * How many batches one replica may have in flight, found by trying. What counts is whether one more
 * makes a replica deliver faster; its answers come later in any case, because batches queue there
 * rather than here.
 *
 * <p>A sample is how long a batch kept its replica busy over what {@link
 * io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes} predicted, so that neither its size
 * nor its bucket matters. Only batches that were answered are samples, and only those that finished
 * while every slot was taken: otherwise the limit was not what held the replica back.
 *
 * <ol>
 *   <li><b>Baseline.</b> The mean of {@value #SAMPLES} samples at the limit.
 *   <li><b>Trial.</b> The limit is one more; the batches that were under way are let pass, and
 *       {@value #SAMPLES} more are averaged. Where that mean is at least {@value #WORTHWHILE} below
 *       the baseline the new limit stays, and the next trial follows.
 *   <li><b>Rest.</b> Otherwise the old limit returns for {@value #FIRST_REST} samples, twice as
 *       many each time in a row up to {@value #LONGEST_REST}. The next trial then goes the other
 *       way: one less, which stays where it costs less than half of {@value #WORTHWHILE}.
 * </ol>
 *
 * <p>So a replica that runs one batch after another stays at the least, one that runs four at a
 * time gets four, and one that loses that ability goes back. The gain of one more shrinks with the
 * limit, and the predictions learn it away while it is measured: beyond about six the climb ends
 * where the last tenth of the rate is not worth it. Each replica has a limit of its own; that
 * predictions are for all of them alike does not matter, since only a replica's own samples are
 * compared.
 */
final class InFlightLimit {
  private static final int SAMPLES = 32;
  private static final double WORTHWHILE = 0.07;
  private static final int FIRST_REST = 64;
  private static final int LONGEST_REST = 4096;

  private final int least;
  private final int most;
  private int limit;
  private int before;
  private boolean upwards = true;
  private int passing;
  private int resting = FIRST_REST;
  private double baseline = Double.NaN;
  private double sum;
  private int count;

  InFlightLimit(int least, int most) {
    this.least = least;
    this.most = most;
    this.limit = least;
  }

  int limit() {
    return limit;
  }

  /**
   * A batch was answered while every slot of the replica was taken.
   *
   * @param ratio busy time over predicted, > 0
   * @param inFlight batches at the replica, this one included
   */
  void observe(double ratio, int inFlight) {
    if (least == most) {
      return;
    }
    if (passing > 0) {
      passing--;
      return;
    }
    // What a stall adds to one sample must not decide a trial.
    sum += Math.min(2, ratio);
    count++;
    if (count < SAMPLES) {
      return;
    }
    double mean = sum / SAMPLES;
    sum = 0;
    count = 0;
    if (Double.isNaN(baseline)) {
      baseline = mean;
      begin(inFlight);
    } else {
      end(mean / baseline, inFlight);
    }
  }

  private void begin(int inFlight) {
    if (limit == most) {
      upwards = false;
    } else if (limit == least) {
      upwards = true;
    }
    before = limit;
    limit += upwards ? 1 : -1;
    passing = inFlight;
  }

  private void end(double change, int inFlight) {
    baseline = Double.NaN;
    if (upwards ? change <= 1 - WORTHWHILE : change < 1 + WORTHWHILE / 2) {
      resting = FIRST_REST;
      return;
    }
    limit = before;
    upwards = !upwards;
    passing = inFlight + resting;
    resting = Math.min(LONGEST_REST, 2 * resting);
  }
}
