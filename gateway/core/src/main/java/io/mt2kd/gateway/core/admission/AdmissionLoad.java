package io.mt2kd.gateway.core.admission;

import java.time.Duration;

/**
 * What is admitted and not answered at one moment, padding included.
 *
 * @param limit that all of it never exceeds
 * @param interactive in use by that class
 * @param batch in use by that class
 * @param calls of both
 * @param tenants with something in use
 */
public record AdmissionLoad(
    Duration limit, Duration interactive, Duration batch, int calls, int tenants) {}
