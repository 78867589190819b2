/** Which replicas there are, and which of them take calls. */
@NullMarked
package io.mt2kd.gateway.triton.internal.fleet;

import org.jspecify.annotations.NullMarked;
