/** What the readers of all formats share; no part of the module's interface. */
@NullMarked
package io.mt2kd.gateway.audio.internal;

import org.jspecify.annotations.NullMarked;
