package io.mt2kd.benchmarks.server;

import java.io.IOException;

/** What stands behind the gateway. */
public enum BackendKind {
  /** A real Triton 24.10. */
  TRITON,
  /** The embedded engine, in a process of its own. */
  EMBEDDED,
  /** A fake Triton that takes the time of a curve. */
  SIMULATED;

  /**
   * Starts one and waits until it serves.
   *
   * @param simulated used by that kind only
   */
  public Backend start(SimulatedArguments simulated) throws IOException, InterruptedException {
    return switch (this) {
      case TRITON -> TritonBackend.start();
      case EMBEDDED -> JavaBackend.embedded();
      case SIMULATED -> JavaBackend.simulated(simulated);
    };
  }
}
