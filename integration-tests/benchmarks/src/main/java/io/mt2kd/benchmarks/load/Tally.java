package io.mt2kd.benchmarks.load;

import io.grpc.Status;
import io.mt2kd.benchmarks.workload.Utterance;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What came of the calls of one side. Thread-safe. */
public final class Tally {
  private static final long LONGEST_NANOS = 600_000_000_000L;
  private static final int DIGITS = 3;

  private final Histogram answered = new Histogram(LONGEST_NANOS, DIGITS);
  private final Map<Status.Code, Histogram> refused = new EnumMap<>(Status.Code.class);
  private long samples;
  private long paddedSamples;
  private double seconds;

  /** Counts one call that has ended, with a reply or a failure. */
  public synchronized void add(
      long nanos, Utterance utterance, @Nullable Reply reply, @Nullable Throwable failure) {
    if (reply == null) {
      Status.Code code =
          failure == null ? Status.Code.UNKNOWN : Status.fromThrowable(failure).getCode();
      refused
          .computeIfAbsent(code, each -> new Histogram(LONGEST_NANOS, DIGITS))
          .recordValue(Math.min(nanos, LONGEST_NANOS));
      return;
    }
    answered.recordValue(Math.min(nanos, LONGEST_NANOS));
    samples += utterance.samples().length;
    paddedSamples += reply.paddedSamples();
  }

  /** Adds time during which calls were counted. */
  public synchronized void measured(double moreSeconds) {
    seconds += moreSeconds;
  }

  /** Time during which calls were counted. */
  public synchronized double seconds() {
    return seconds;
  }

  /** Audio answered, in seconds without padding. */
  public synchronized double audioSeconds() {
    return (double) samples / Utterance.RATE;
  }

  public synchronized long answers() {
    return answered.getTotalCount();
  }

  /** Answers in a second of measured time. */
  public synchronized double answersPerSecond() {
    return answered.getTotalCount() / seconds;
  }

  /** Audio answered in a second of measured time, in seconds without padding. */
  public synchronized double audioPerSecond() {
    return audioSeconds() / seconds;
  }

  /** The share of silence in what was computed. */
  public synchronized double padding() {
    return paddedSamples == 0 ? 0 : 1 - (double) samples / paddedSamples;
  }

  /** Milliseconds within which so many per cent of the answers came. */
  public synchronized double milliseconds(double percentile) {
    return answered.getValueAtPercentile(percentile) / 1e6;
  }

  /** How many calls ended with each failure. */
  public synchronized Map<Status.Code, Long> failures() {
    Map<Status.Code, Long> counts = new EnumMap<>(Status.Code.class);
    refused.forEach((code, times) -> counts.put(code, times.getTotalCount()));
    return counts;
  }

  /** Milliseconds within which so many per cent of the calls with a failure got it. */
  public synchronized double milliseconds(Status.Code code, double percentile) {
    Histogram times = refused.get(code);
    return times == null ? 0 : times.getValueAtPercentile(percentile) / 1e6;
  }
}
