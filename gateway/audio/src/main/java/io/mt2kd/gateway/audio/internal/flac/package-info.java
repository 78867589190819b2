/** FLAC streams. */
@NullMarked
package io.mt2kd.gateway.audio.internal.flac;

import org.jspecify.annotations.NullMarked;
