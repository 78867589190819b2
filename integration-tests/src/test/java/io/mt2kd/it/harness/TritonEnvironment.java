package io.mt2kd.it.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The Python environment with a Triton server and NVIDIA's client, made by {@code
 * triton-models/environment} at the first use.
 *
 * @param folder of the environment
 */
public record TritonEnvironment(Path folder) {
  private static final int UNAVAILABLE = 3;

  /** Of {@code env}, which starts the script, where there is no {@code python3}. */
  private static final int NO_PYTHON = 127;

  private static @Nullable TritonEnvironment found;

  /**
   * Finds or makes it.
   *
   * @throws org.opentest4j.TestAbortedException where this machine cannot run Triton, loudly
   * @throws AssertionError there, where {@code MT2KD_REQUIRE_TRITON} is 1
   */
  public static synchronized TritonEnvironment require() {
    TritonEnvironment known = found;
    if (known == null) {
      known = make();
      found = known;
    }
    return known;
  }

  /** The environment's interpreter. */
  public Path python() {
    return folder.resolve("bin").resolve("python");
  }

  /** The server, which brings its interpreter and backend along. */
  public Path server() {
    return folder.resolve("bin").resolve("tritonserver");
  }

  private static TritonEnvironment make() {
    Path log = Checkout.target("triton-environment.log");
    try {
      Process process =
          new ProcessBuilder(Checkout.tritonModels().resolve("environment").toString(), "triton")
              .redirectError(log.toFile())
              .start();
      String folder = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      int status = process.waitFor();
      if (status == UNAVAILABLE || status == NO_PYTHON) {
        throw unavailable(Files.readString(log).strip());
      }
      if (status != 0) {
        throw new AssertionError("environment triton: status " + status + ", see " + log);
      }
      return new TritonEnvironment(Path.of(folder));
    } catch (IOException e) {
      throw new AssertionError("environment triton cannot be started", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while the environment was made", e);
    }
  }

  private static RuntimeException unavailable(String reason) {
    if ("1".equals(System.getenv("MT2KD_REQUIRE_TRITON"))) {
      throw new AssertionError("MT2KD_REQUIRE_TRITON is 1, but: " + reason);
    }
    return LoudSkip.because("a real Triton: " + reason);
  }
}
