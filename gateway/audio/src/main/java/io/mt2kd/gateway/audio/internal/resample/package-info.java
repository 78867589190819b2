/** From any sampling rate to 16 kHz. */
@NullMarked
package io.mt2kd.gateway.audio.internal.resample;

import org.jspecify.annotations.NullMarked;
