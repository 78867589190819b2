package io.mt2kd.gateway.core.batching.simulation;

/** How long a backend takes for a batch. */
enum CostCurve {
  /** Nearly linear: a processor is busy with one utterance alone. */
  CPU("5 ms + 10 ms * N * S") {
    @Override
    double seconds(int size, double audioSeconds) {
      return 0.005 + 0.010 * size * audioSeconds;
    }
  },
  /** Nearly flat up to eight: one utterance leaves most of the device idle. */
  GPU("(6 ms + 0.25 ms * S) * (1 + 0.05 * (N - 1))") {
    @Override
    double seconds(int size, double audioSeconds) {
      return (0.006 + 0.00025 * audioSeconds) * (1 + 0.05 * (size - 1));
    }
  };

  final String formula;

  CostCurve(String formula) {
    this.formula = formula;
  }

  /**
   * @param size utterances in the batch
   * @param audioSeconds that each of them is padded to
   */
  abstract double seconds(int size, double audioSeconds);
}
