package io.mt2kd.gateway.core.batching.simulation;

import io.mt2kd.gateway.core.audio.Waveform;
import java.util.Arrays;
import java.util.List;

/** What a simulation came to. */
final class Outcome {
  private final long[] latencies;
  private int answered;
  private int arrived;
  private int refused;
  private int late;
  private int inTime;
  private long inTimeSamples;
  private long batches;
  private long samples;
  private long paddedSamples;
  private long windowNanos;
  private int answeredInWindow;
  private int inTimeInWindow;
  private long inTimeSamplesInWindow;

  /**
   * @param arrivals most that will come
   */
  Outcome(int arrivals) {
    latencies = new long[arrivals];
  }

  void arrived(long now) {
    arrived++;
    windowNanos = now;
    answeredInWindow = answered;
    inTimeInWindow = inTime;
    inTimeSamplesInWindow = inTimeSamples;
  }

  void refused() {
    refused++;
  }

  void ran(List<Request> members, int padded) {
    batches++;
    paddedSamples += (long) members.size() * padded;
    members.forEach(member -> samples += member.samples());
  }

  void answered(long now, Request request) {
    latencies[answered++] = now - request.arrivalNanos();
    if (now <= request.deadlineNanos()) {
      inTime++;
      inTimeSamples += request.samples();
    } else {
      late++;
    }
  }

  /** Call once at the end. */
  Outcome done() {
    Arrays.sort(latencies, 0, answered);
    if (answered + refused != arrived) {
      throw new IllegalStateException(
          arrived + " arrived, " + answered + " answered, " + refused + " refused");
    }
    return this;
  }

  /** Answered a second until the last arrival, in time or not. */
  double throughput() {
    return answeredInWindow / (windowNanos / 1e9);
  }

  /** Answered in time a second until the last arrival. */
  double goodput() {
    return inTimeInWindow / (windowNanos / 1e9);
  }

  /** Audio-seconds of those, a second. */
  double audioGoodput() {
    return (double) inTimeSamplesInWindow / Waveform.SAMPLE_RATE_HERTZ / (windowNanos / 1e9);
  }

  /** Of those that were let in and answered or refused afterwards. */
  double inTimeShare(int shed) {
    return (double) inTime / (arrived - shed);
  }

  /** Of all that arrived, answered late or refused. */
  double missed() {
    return 1 - (double) inTime / arrived;
  }

  double refusedShare() {
    return (double) refused / arrived;
  }

  double lateShare() {
    return (double) late / arrived;
  }

  /** Of those answered. */
  double latencyMillis(double quantile) {
    return latencies[(int) Math.min(answered - 1L, (long) (quantile * answered))] / 1e6;
  }

  double meanBatch() {
    return (double) answered / batches;
  }

  /** Of what the backend computed. */
  double paddingShare() {
    return 1 - (double) samples / paddedSamples;
  }
}
