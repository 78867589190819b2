/**
 * The same numbers from PyTorch, the embedded engine and Triton, and the same answers through a
 * gateway.
 */
@NullMarked
package io.mt2kd.it.parity;

import org.jspecify.annotations.NullMarked;
