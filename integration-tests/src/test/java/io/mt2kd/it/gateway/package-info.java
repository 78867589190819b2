/** Everything that the SDK can ask of a gateway, on the embedded engine and on Triton. */
@NullMarked
package io.mt2kd.it.gateway;

import org.jspecify.annotations.NullMarked;
