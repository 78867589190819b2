package io.mt2kd.benchmarks.server;

import io.mt2kd.benchmarks.simulated.SimulatedTriton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The simulated Triton as a server. */
final class SimulatedMain {
  private SimulatedMain() {}

  /**
   * @param arguments the model repository and those of {@link SimulatedArguments}
   */
  public static void main(String[] arguments) throws IOException {
    String manifest = Files.readString(Path.of(arguments[0], "model.json"));
    SimulatedArguments settings = SimulatedArguments.parse(arguments);
    try (SimulatedTriton triton =
        SimulatedTriton.start(manifest, settings.curve(), settings.maximumDelay())) {
      Serving.untilInputEnds(triton.port());
    }
  }
}
