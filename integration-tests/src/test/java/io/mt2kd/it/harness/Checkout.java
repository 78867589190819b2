package io.mt2kd.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where things lie around the tests. */
public final class Checkout {
  private static final Path ROOT = Path.of(System.getProperty("mt2kd.root", "..")).toAbsolutePath();

  private Checkout() {}

  /** The repository's root. */
  public static Path root() {
    return ROOT.normalize();
  }

  /** The Python module. */
  public static Path tritonModels() {
    return root().resolve("triton-models");
  }

  /** A file or folder under this module's build folder, whose parents exist. */
  public static Path target(String name) {
    Path path = root().resolve("integration-tests").resolve("target").resolve(name);
    try {
      Files.createDirectories(path.resolveSibling("."));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return path;
  }

  /** The folder of recordings, where this machine has one. */
  public static Optional<Path> recordings() {
    String named = System.getenv("MT2KD_DATA");
    Path folder =
        named == null || named.isEmpty()
            ? root().resolveSibling("shared").resolve("data")
            : Path.of(named);
    return Optional.of(folder).filter(path -> Files.isRegularFile(path.resolve("manifest.tsv")));
  }
}
