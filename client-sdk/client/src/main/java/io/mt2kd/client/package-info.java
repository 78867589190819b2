/**
 * The Java client: {@link io.mt2kd.client.Mt2kdClient} asks a gateway what was said, what else was
 * heard and who spoke.
 *
 * <p>Requests and results are immutable values; nothing here exposes a protobuf type. Every failure
 * of a call is an {@link io.mt2kd.client.Mt2kdException}, whose subclasses say what a caller can do
 * about it.
 */
@NullMarked
package io.mt2kd.client;

import org.jspecify.annotations.NullMarked;
