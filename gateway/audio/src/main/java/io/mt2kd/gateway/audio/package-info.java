/** Recordings in the usual containers and encodings turned into the model's waveform. */
@NullMarked
package io.mt2kd.gateway.audio;

import org.jspecify.annotations.NullMarked;
