package io.mt2kd.benchmarks.load;

import io.mt2kd.benchmarks.workload.Sequence;
import io.mt2kd.benchmarks.workload.Utterance;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * So many callers, each with its next call as soon as its last one has ended. What it tells of
 * latency holds for such callers only: a slow server gets fewer calls from them.
 */
public final class ClosedLoop {
  private final Caller side;
  private final Sequence sequence;
  private final Tally tally;
  private final int callers;
  private volatile boolean counting;
  private volatile boolean stopping;

  private ClosedLoop(Caller side, Sequence sequence, Tally tally, int callers) {
    this.side = side;
    this.sequence = sequence;
    this.tally = tally;
    this.callers = callers;
  }

  /**
   * Runs it; returns when the last call has ended.
   *
   * @param ramp during which nothing is counted yet
   * @param counted after it; what ends in this time is counted
   */
  public static void run(
      Caller side, Sequence sequence, Tally tally, int callers, Duration ramp, Duration counted)
      throws InterruptedException {
    new ClosedLoop(side, sequence, tally, callers).run(ramp, counted);
  }

  private void run(Duration ramp, Duration counted) throws InterruptedException {
    CountDownLatch running = new CountDownLatch(callers);
    for (int i = 0; i < callers; i++) {
      next(running);
    }
    LockSupport.parkNanos(ramp.toNanos());
    long start = System.nanoTime();
    counting = true;
    Thread.sleep(counted.toMillis());
    counting = false;
    tally.measured((System.nanoTime() - start) / 1e9);
    stopping = true;
    running.await();
  }

  private void next(CountDownLatch running) {
    if (stopping) {
      running.countDown();
      return;
    }
    Utterance utterance = sequence.next();
    long start = System.nanoTime();
    side.call(utterance)
        .whenComplete(
            (reply, failure) -> {
              ended(System.nanoTime() - start, utterance, reply, failure);
              next(running);
            });
  }

  private void ended(
      long nanos, Utterance utterance, @Nullable Reply reply, @Nullable Throwable failure) {
    if (counting) {
      tally.add(nanos, utterance, reply, failure);
    }
  }
}
