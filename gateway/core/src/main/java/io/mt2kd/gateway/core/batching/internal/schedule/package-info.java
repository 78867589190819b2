/** Which utterances leave together, and when: decisions only, without threads or a clock. */
@NullMarked
package io.mt2kd.gateway.core.batching.internal.schedule;

import org.jspecify.annotations.NullMarked;
