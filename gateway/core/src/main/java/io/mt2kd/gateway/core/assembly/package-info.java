/** From what the heads say to what callers asked: words, tags. */
@NullMarked
package io.mt2kd.gateway.core.assembly;

import org.jspecify.annotations.NullMarked;
