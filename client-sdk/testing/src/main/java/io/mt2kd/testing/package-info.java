/**
 * A real gateway with the real reference model, inside a test of yours: no GPU, no container, no
 * port.
 */
@NullMarked
package io.mt2kd.testing;

import org.jspecify.annotations.NullMarked;
