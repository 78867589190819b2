/** Samples that need no decoder: linear PCM, float and G.711. */
@NullMarked
package io.mt2kd.gateway.audio.internal.pcm;

import org.jspecify.annotations.NullMarked;
