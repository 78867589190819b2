package io.mt2kd.benchmarks.load;

/**
 * What an answer says of its cost.
 *
 * @param paddedSamples that the utterance was computed with
 * @param gatewayNanos that the gateway itself took; 0 without one
 * @param backendNanos that the gateway waited for the backend; 0 without one
 */
public record Reply(long paddedSamples, long gatewayNanos, long backendNanos) {
  /** Of a backend that was called directly. */
  static Reply direct(long paddedSamples) {
    return new Reply(paddedSamples, 0, 0);
  }
}
