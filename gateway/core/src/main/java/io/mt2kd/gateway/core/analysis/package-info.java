/** The way of a call: decode, batch, assemble. */
@NullMarked
package io.mt2kd.gateway.core.analysis;

import org.jspecify.annotations.NullMarked;
