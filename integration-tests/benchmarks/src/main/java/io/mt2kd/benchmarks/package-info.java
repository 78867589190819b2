/** The benchmarks: each compares two sides in one run, in turns. */
@NullMarked
package io.mt2kd.benchmarks;

import org.jspecify.annotations.NullMarked;
