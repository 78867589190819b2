/** The one port to the model: batches of waveforms in, what the heads say out. */
@NullMarked
package io.mt2kd.gateway.core.inference;

import org.jspecify.annotations.NullMarked;
