/** The spans of a call, from its caller through its batch to Triton: docs/tracing.md. */
@NullMarked
package io.mt2kd.gateway.telemetry.tracing;

import org.jspecify.annotations.NullMarked;
