/** What the gateway measures of itself, and the HTTP endpoint that tells it: docs/metrics.md. */
@NullMarked
package io.mt2kd.gateway.telemetry.metrics;

import org.jspecify.annotations.NullMarked;
