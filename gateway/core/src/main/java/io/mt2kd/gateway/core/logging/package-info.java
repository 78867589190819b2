/** What log lines say of the call that they are about. */
@NullMarked
package io.mt2kd.gateway.core.logging;

import org.jspecify.annotations.NullMarked;
