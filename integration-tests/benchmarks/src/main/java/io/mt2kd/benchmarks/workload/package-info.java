/** What is sent: real recordings in a natural mix of lengths. */
@NullMarked
package io.mt2kd.benchmarks.workload;

import org.jspecify.annotations.NullMarked;
