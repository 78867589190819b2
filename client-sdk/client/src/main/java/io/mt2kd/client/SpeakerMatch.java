package io.mt2kd.client;

/**
 * An enrolled speaker that the voice was compared with.
 *
 * @param speakerId the caller's id
 * @param logLikelihoodRatio natural logarithm of how many times likelier the recordings are under
 *     "the same voice"
 */
public record SpeakerMatch(String speakerId, double logLikelihoodRatio) {}
