/** How it is sent, and what comes of it. */
@NullMarked
package io.mt2kd.benchmarks.load;

import org.jspecify.annotations.NullMarked;
