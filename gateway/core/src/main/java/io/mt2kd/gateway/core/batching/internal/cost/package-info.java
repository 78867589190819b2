/** How long a batch will take, learnt from those that finished. */
@NullMarked
package io.mt2kd.gateway.core.batching.internal.cost;

import org.jspecify.annotations.NullMarked;
