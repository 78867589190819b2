/** Batches as messages of Triton's protocol and back: the one place that knows tensors by name. */
@NullMarked
package io.mt2kd.gateway.triton.internal.protocol;

import org.jspecify.annotations.NullMarked;
