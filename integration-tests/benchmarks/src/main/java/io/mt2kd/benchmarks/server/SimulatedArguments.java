package io.mt2kd.benchmarks.server;

import io.mt2kd.benchmarks.simulated.CostCurve;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a simulated backend is started with.
 *
 * @param curve its cost
 * @param maximumDelay for which Triton's batcher waits for a fuller batch
 */
public record SimulatedArguments(CostCurve curve, Duration maximumDelay) {
  String[] format(Path repository) {
    return new String[] {
      repository.toString(),
      Double.toString(curve.fixedSeconds()),
      Double.toString(curve.secondsPerAudioSecond()),
      Long.toString(maximumDelay.toNanos())
    };
  }

  static SimulatedArguments parse(String[] arguments) {
    return new SimulatedArguments(
        new CostCurve(Double.parseDouble(arguments[1]), Double.parseDouble(arguments[2])),
        Duration.ofNanos(Long.parseLong(arguments[3])));
  }
}
