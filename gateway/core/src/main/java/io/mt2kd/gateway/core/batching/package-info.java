/** From single utterances to the batches that a backend runs. */
@NullMarked
package io.mt2kd.gateway.core.batching;

import org.jspecify.annotations.NullMarked;
