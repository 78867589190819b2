/** Asks a running gateway about a labelled test set, and says how good its answers are. */
@NullMarked
package io.mt2kd.cli.evaluation;

import org.jspecify.annotations.NullMarked;
