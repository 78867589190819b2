/** RIFF/WAVE and its 64-bit form. */
@NullMarked
package io.mt2kd.gateway.audio.internal.wav;

import org.jspecify.annotations.NullMarked;
