package io.mt2kd.it.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * PyTorch's answers to clips, as {@code python -m mt2kd.golden} wrote them.
 *
 * @param real whether the clips are recordings
 * @param batches to run padded
 */
public record GoldenClips(boolean real, List<Clip> clips, List<Batch> batches) {
  private static final String INDEX = "index.json";

  /**
   * One clip.
   *
   * @param outputs by name, without a batch axis
   */
  public record Clip(String name, short[] audio, Map<String, Tensor> outputs) {}

  /**
   * Clips to run together.
   *
   * @param clips by index
   * @param samples that each is padded to
   */
  public record Batch(List<Integer> clips, int samples) {}

  /** Reads them, after making them where they are missing or of another model. */
  public static GoldenClips of(String fingerprint) throws IOException, InterruptedException {
    Path folder =
        ModelRepository.isReferenceModel()
            ? Checkout.tritonModels().resolve("target/golden")
            : Checkout.target("golden");
    if (!isOf(fingerprint, folder)) {
      make(folder);
    }
    JsonNode index = new ObjectMapper().readTree(folder.resolve(INDEX).toFile());
    List<Clip> clips = new ArrayList<>();
    for (JsonNode entry : index.path("clips")) {
      clips.add(clip(folder, entry));
    }
    List<Batch> batches = new ArrayList<>();
    for (JsonNode entry : index.path("batches")) {
      List<Integer> indices = new ArrayList<>();
      entry.path("clips").forEach(each -> indices.add(each.asInt()));
      batches.add(new Batch(indices, entry.path("samples").asInt()));
    }
    return new GoldenClips(index.path("source").asText().equals("recordings"), clips, batches);
  }

  private static boolean isOf(String fingerprint, Path folder) throws IOException {
    Path index = folder.resolve(INDEX);
    if (!Files.isRegularFile(index)) {
      return false;
    }
    JsonNode known = new ObjectMapper().readTree(index.toFile());
    boolean asRealAsCanBe =
        Checkout.recordings().isEmpty() || known.path("source").asText().equals("recordings");
    return asRealAsCanBe && known.path("fingerprint").asText().equals(fingerprint);
  }

  private static void make(Path folder) throws IOException, InterruptedException {
    Path log = Checkout.target("golden.log");
    Process process =
        new ProcessBuilder(Checkout.tritonModels().resolve("environment").toString(), "train")
            .redirectError(log.toFile())
            .start();
    String environment =
        new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
            .strip();
    if (process.waitFor() != 0) {
      throw LoudSkip.because("parity with PyTorch: " + Files.readString(log).strip());
    }
    PythonCommand.run(
        Path.of(environment, "bin", "python"),
        log,
        List.of(
            "-m",
            "mt2kd.golden",
            "--reference=" + ModelRepository.reference(),
            "--repository=" + ModelRepository.onnxruntime(),
            "--output=" + folder));
  }

  private static Clip clip(Path folder, JsonNode entry) throws IOException {
    ByteBuffer audio = read(folder, entry.path("audio"));
    short[] samples = new short[entry.path("samples").asInt()];
    audio.asShortBuffer().get(samples);
    Map<String, Tensor> outputs = new TreeMap<>();
    for (Map.Entry<String, JsonNode> output : entry.path("outputs").properties()) {
      List<Integer> shape = new ArrayList<>();
      output.getValue().path("shape").forEach(dim -> shape.add(dim.asInt()));
      outputs.put(
          output.getKey(),
          Tensor.read(
              output.getValue().path("type").asText(),
              shape.stream().mapToInt(Integer::intValue).toArray(),
              read(folder, output.getValue().path("file"))));
    }
    return new Clip(entry.path("name").asText(), samples, outputs);
  }

  private static ByteBuffer read(Path folder, JsonNode file) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(file.asText())))
        .order(ByteOrder.LITTLE_ENDIAN);
  }
}
