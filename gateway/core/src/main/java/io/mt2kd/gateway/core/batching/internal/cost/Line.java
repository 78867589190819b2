package io.mt2kd.gateway.core.batching.internal.cost;

/**
 * A time that grows with a quantity {@code x}: {@code fixed + slope * x}.
 *
 * @param fixed seconds, >= 0
 * @param slope seconds for each unit of {@code x}, >= 0
 */
record Line(double fixed, double slope) {
  double at(double x) {
    return fixed + slope * x;
  }
}
