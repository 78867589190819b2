/** What the tests stand on: a real Triton, model repositories, recordings. */
@NullMarked
package io.mt2kd.it.harness;

import org.jspecify.annotations.NullMarked;
