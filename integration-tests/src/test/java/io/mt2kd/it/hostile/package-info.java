/** Requests that mean harm, or that somebody got badly wrong. */
@NullMarked
package io.mt2kd.it.hostile;

import org.jspecify.annotations.NullMarked;
