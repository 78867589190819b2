/** A running gateway: the parts put together, started and stopped. */
@NullMarked
package io.mt2kd.gateway.server;

import org.jspecify.annotations.NullMarked;
