package io.mt2kd.it.parity;

import io.mt2kd.it.harness.Tensor;
import java.util.Map;
import java.util.TreeMap;

/** The largest difference of each kind of number. */
final class Largest {
  private final Map<String, Double> byTensor = new TreeMap<>();

  void compare(String name, Tensor expected, Tensor actual) {
    byTensor.merge(name, actual.difference(expected), Math::max);
  }

  double overall() {
    return byTensor.values().stream().reduce(0.0, Math::max);
  }

  Map<String, Double> byTensor() {
    return byTensor;
  }
}
