/** What goes wrong while calls are under way. */
@NullMarked
package io.mt2kd.it.faults;

import org.jspecify.annotations.NullMarked;
