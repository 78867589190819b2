/** The processes of a benchmark: backends and the gateway, each in a process of its own. */
@NullMarked
package io.mt2kd.benchmarks.server;

import org.jspecify.annotations.NullMarked;
