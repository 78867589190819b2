/** What a benchmark prints and writes. */
@NullMarked
package io.mt2kd.benchmarks.report;

import org.jspecify.annotations.NullMarked;
