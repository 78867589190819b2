/** A server of Triton's protocol that takes a GPU's time instead of computing. */
@NullMarked
package io.mt2kd.benchmarks.simulated;

import org.jspecify.annotations.NullMarked;
