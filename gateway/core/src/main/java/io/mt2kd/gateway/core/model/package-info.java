/** What the served model says of itself: its manifest. */
@NullMarked
package io.mt2kd.gateway.core.model;

import org.jspecify.annotations.NullMarked;
