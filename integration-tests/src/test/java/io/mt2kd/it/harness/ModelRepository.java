package io.mt2kd.it.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The model under test, the same in two flavours. {@code MT2KD_REPOSITORY} and {@code
 * MT2KD_REFERENCE} put another one in the place of the reference model.
 */
public final class ModelRepository {
  private static final String MANIFEST = "model.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private ModelRepository() {}

  /** For the embedded engine. */
  public static Path onnxruntime() {
    return environment("MT2KD_REPOSITORY", Checkout.tritonModels().resolve("repository"));
  }

  /** Weights, tokens and labels that it was made from. */
  public static Path reference() {
    return environment("MT2KD_REFERENCE", Checkout.tritonModels().resolve("reference"));
  }

  /** For the Triton that has no other backend; built where it is missing or out of date. */
  public static Path python(TritonEnvironment environment)
      throws IOException, InterruptedException {
    Path folder =
        isReferenceModel()
            ? Checkout.tritonModels().resolve("target/repository/python")
            : Checkout.target("repository/python");
    if (!isUpToDate(folder)) {
      PythonCommand.run(
          environment.python(),
          Checkout.target("repository.log"),
          List.of(
              "-m",
              "mt2kd.repository",
              "--flavour=python",
              "--reference=" + reference(),
              "--models=" + onnxruntime(),
              "--output=" + folder));
    }
    return folder;
  }

  /** The manifest, as it lies beside the models. */
  public static JsonNode manifest() throws IOException {
    return JSON.readTree(onnxruntime().resolve(MANIFEST).toFile());
  }

  /** SHA-256 over the parts. */
  public static String fingerprint() throws IOException {
    return manifest().path("fingerprint").asText();
  }

  /** Whether the model under test is the committed one. */
  public static boolean isReferenceModel() {
    return onnxruntime().startsWith(Checkout.tritonModels());
  }

  private static boolean isUpToDate(Path folder) throws IOException {
    Path manifest = folder.resolve(MANIFEST);
    Path runner = Checkout.tritonModels().resolve("mt2kd/runner.py");
    return Files.isRegularFile(manifest)
        && JSON.readTree(manifest.toFile()).equals(manifest())
        && Files.mismatch(folder.resolve("encoder/1/model.py"), runner) < 0;
  }

  private static Path environment(String name, Path otherwise) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? otherwise : Path.of(value);
  }
}
