/** One replica: the calls under way at it, and whether it may be given more. */
@NullMarked
package io.mt2kd.gateway.triton.internal.replica;

import org.jspecify.annotations.NullMarked;
