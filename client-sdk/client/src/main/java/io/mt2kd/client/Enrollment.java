package io.mt2kd.client;

import java.time.Duration;

/**
 * What an enrollment came to. Once it is here, it is durable.
 *
 * @param missingSpeech speech still missing until the speaker can be verified; zero when enrolled
 * @param cohesion smallest cosine between two references of the speaker, in [-1, 1]; 1 with a
 *     single one
 */
public record Enrollment(
    SpeakerProfile speaker, Duration missingSpeech, double cohesion, Receipt receipt) {}
