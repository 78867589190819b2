package io.mt2kd.engine;

import java.io.IOException;
import java.nio.file.Path;

/** Serves the test repository, or the one named, until its input ends; for clients by hand. */
final class ServeTestRepository {
  private ServeTestRepository() {}

  public static void main(String[] arguments) throws IOException {
    Path repository = arguments.length > 0 ? Path.of(arguments[0]) : EngineFixture.repository();
    try (EmbeddedEngine engine = EmbeddedEngine.load(repository).start()) {
      System.out.println("127.0.0.1:" + engine.port());
      while (System.in.read() >= 0) {
        // Until the caller closes our input.
      }
    }
  }
}
