/** The reference model as a library: what embedded engines run when nobody names a repository. */
@NullMarked
package io.mt2kd.model;

import org.jspecify.annotations.NullMarked;
