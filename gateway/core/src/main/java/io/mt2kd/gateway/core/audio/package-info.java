/** Recordings as callers send them and waveforms as the model hears them. */
@NullMarked
package io.mt2kd.gateway.core.audio;

import org.jspecify.annotations.NullMarked;
