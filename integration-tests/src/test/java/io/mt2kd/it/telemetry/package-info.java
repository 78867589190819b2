/** What the gateway tells of itself: metrics, logs and traces, as whoever reads them gets them. */
@NullMarked
package io.mt2kd.it.telemetry;

import org.jspecify.annotations.NullMarked;
