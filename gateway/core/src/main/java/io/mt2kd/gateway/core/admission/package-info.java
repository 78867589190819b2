/** Who is let in, so that whoever is let in has an answer in time. */
@NullMarked
package io.mt2kd.gateway.core.admission;

import org.jspecify.annotations.NullMarked;
