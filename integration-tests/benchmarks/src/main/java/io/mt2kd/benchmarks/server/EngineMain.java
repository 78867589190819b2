package io.mt2kd.benchmarks.server;

import io.mt2kd.engine.EmbeddedEngine;
import java.io.IOException;
import java.nio.file.Path;

/** The embedded engine as a server. */
final class EngineMain {
  private EngineMain() {}

  /**
   * @param arguments the model repository
   */
  public static void main(String[] arguments) throws IOException {
    try (EmbeddedEngine engine = EmbeddedEngine.load(Path.of(arguments[0])).start()) {
      Serving.untilInputEnds(engine.port());
    }
  }
}
