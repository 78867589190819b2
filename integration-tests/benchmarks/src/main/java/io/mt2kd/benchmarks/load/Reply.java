package io.mt2kd.benchmarks.load;

/**
 * What an answer says of its cost.
 *
 * @param paddedSamples that the utterance was computed with
 */
public record Reply(long paddedSamples) {}
