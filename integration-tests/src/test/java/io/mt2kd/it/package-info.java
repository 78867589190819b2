/** Tests of the whole system: the rules of its architecture and what it promises to survive. */
@NullMarked
package io.mt2kd.it;

import org.jspecify.annotations.NullMarked;
