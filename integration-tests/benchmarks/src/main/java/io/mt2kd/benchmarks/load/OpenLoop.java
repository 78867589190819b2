package io.mt2kd.benchmarks.load;

import io.mt2kd.benchmarks.workload.Sequence;
import io.mt2kd.benchmarks.workload.Utterance;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Phaser;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Calls that come at their own times, a Poisson process, whatever becomes of earlier ones. Latency
 * counts from the moment at which a call was to be made, so that a load that falls behind hides
 * nothing; by how much it does is told, and the latency from when the call was really made.
 */
public final class OpenLoop {
  private OpenLoop() {}

  /**
   * What came of the calls.
   *
   * @param goodput the calls that ended while calls came; those that ended afterwards found a
   *     server to themselves
   * @param sinceDue latency since a call was to be made
   * @param sinceMade latency since it was made
   * @param lateness by how many nanoseconds calls were made late
   */
  public record Outcome(Tally goodput, Tally sinceDue, Tally sinceMade, Histogram lateness) {
    /** Of no call yet. */
    public static Outcome empty() {
      return new Outcome(new Tally(), new Tally(), new Tally(), new Histogram(3));
    }

    /** The same with a goodput of its own, for the next of several runs. */
    public Outcome withGoodput(Tally own) {
      return new Outcome(own, sinceDue, sinceMade, lateness);
    }
  }

  /**
   * Runs it; returns when the last call has ended.
   *
   * @param perSecond calls
   * @param seed of the moments
   * @param outcome to which the calls are added
   */
  public static void run(
      Caller side,
      Sequence sequence,
      double perSecond,
      Duration length,
      long seed,
      Outcome outcome) {
    Random random = new Random(seed);
    Phaser calls = new Phaser(1);
    long start = System.nanoTime();
    long due = 0;
    while (due < length.toNanos()) {
      long at = start + due;
      sleepUntil(at);
      Utterance utterance = sequence.next();
      calls.register();
      long late = Math.max(0, System.nanoTime() - at);
      outcome.lateness().recordValue(late);
      side.call(utterance, late)
          .whenComplete(
              (reply, failure) -> {
                long now = System.nanoTime();
                long nanos = now - at;
                if (now - start <= length.toNanos()) {
                  outcome.goodput().add(nanos, utterance, reply, failure);
                }
                outcome.sinceDue().add(nanos, utterance, reply, failure);
                outcome.sinceMade().add(nanos - late, utterance, reply, failure);
                calls.arriveAndDeregister();
              });
      due += (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
    }
    outcome.goodput().measured(length.toNanos() / 1e9);
    calls.arriveAndAwaitAdvance();
  }

  private static void sleepUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
