/** From a batch to the replica that answers it: the choice, and what happens after a failure. */
@NullMarked
package io.mt2kd.gateway.triton.internal.dispatch;

import org.jspecify.annotations.NullMarked;
