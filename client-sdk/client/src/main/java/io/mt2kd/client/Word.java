package io.mt2kd.client;

import java.time.Duration;

/**
 * One recognised word.
 *
 * @param start from the start of the recording
 * @param end from the start of the recording
 * @param confidence geometric mean of the probabilities of the word's tokens, in (0, 1]
 */
public record Word(String text, Duration start, Duration end, double confidence) {}
