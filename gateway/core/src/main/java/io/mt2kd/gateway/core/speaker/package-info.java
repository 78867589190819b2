/** Enrolled speakers, their voiceprints and what a comparison means. */
@NullMarked
package io.mt2kd.gateway.core.speaker;

import org.jspecify.annotations.NullMarked;
