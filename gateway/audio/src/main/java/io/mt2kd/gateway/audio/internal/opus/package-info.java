/** Opus in Ogg. */
@NullMarked
package io.mt2kd.gateway.audio.internal.opus;

import org.jspecify.annotations.NullMarked;
