package io.mt2kd.benchmarks.server;

import io.mt2kd.it.harness.ModelRepository;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A backend in a JVM of its own. */
final class JavaBackend extends Backend {
  private final ServerProcess process;

  private JavaBackend(ServerProcess process) {
    this.process = process;
  }

  /** The embedded engine, here not in the gateway's process, so that it can be called directly. */
  static Backend embedded() throws IOException {
    return new JavaBackend(
        ServerProcess.start(
            EngineMain.class,
            List.of("-Xms1g", "-Xmx1g"),
            Map.of(),
            ModelRepository.onnxruntime().toString()));
  }

  /**
   * A server that takes the time of a curve.
   *
   * @param arguments of {@link SimulatedMain}
   */
  static Backend simulated(SimulatedArguments arguments) throws IOException {
    return new JavaBackend(
        ServerProcess.start(
            SimulatedMain.class,
            List.of("-Xms1g", "-Xmx1g"),
            Map.of(),
            arguments.format(ModelRepository.onnxruntime())));
  }

  @Override
  public int port() {
    return process.port();
  }

  @Override
  List<ProcessHandle> processes() {
    return List.of(process.handle());
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.close();
  }
}
