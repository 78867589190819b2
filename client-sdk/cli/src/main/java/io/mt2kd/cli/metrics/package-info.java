/**
 * How good answers are: error rates and average precision, each with its interval. Pure functions
 * of their inputs.
 */
@NullMarked
package io.mt2kd.cli.metrics;

import org.jspecify.annotations.NullMarked;
