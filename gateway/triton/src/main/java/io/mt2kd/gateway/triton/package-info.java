/** The inference backend over Triton's protocol: the one place that knows tensors by name. */
@NullMarked
package io.mt2kd.gateway.triton;

import org.jspecify.annotations.NullMarked;
