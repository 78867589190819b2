package io.mt2kd.client;

/**
 * One kind of sound.
 *
 * @param label a label of the model; {@link ModelInfo#labels()} lists them
 * @param probability in [0, 1], independent of the other tags
 * @param detected whether the probability reaches the model's threshold for this label
 */
public record Tag(String label, double probability, boolean detected) {}
