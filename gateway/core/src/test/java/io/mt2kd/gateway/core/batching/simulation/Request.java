package io.mt2kd.gateway.core.batching.simulation;

/**
 * One simulated utterance.
 *
 * @param samples of it
 * @param bucketSamples that a gateway pads it to
 * @param arrivalNanos when it came
 * @param deadlineNanos when its answer is of no use any more
 */
record Request(int samples, int bucketSamples, long arrivalNanos, long deadlineNanos) {}
