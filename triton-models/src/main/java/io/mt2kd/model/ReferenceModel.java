package io.mt2kd.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The reference model's repository, {@code onnxruntime} flavour, carried inside this jar. */
public final class ReferenceModel {
  private static final String ROOT = "/mt2kd-reference-model/";
  private static final List<String> MEMBERS =
      List.of("frontend", "encoder", "asr_head", "at_head", "sv_head");

  private static final String ENSEMBLE = "mt2kd";

  private ReferenceModel() {}

  /**
   * Writes the repository into a new temporary folder, which is erased when the process ends in
   * order.
   *
   * @return the folder
   * @throws IOException when it cannot be written
   */
  public static Path unpack() throws IOException {
    Path repository = Files.createTempDirectory("mt2kd-reference-model-");
    // What is registered first is erased last.
    repository.toFile().deleteOnExit();
    copy("model.json", repository);
    for (String member : MEMBERS) {
      version(member, repository);
      copy(member + "/config.pbtxt", repository);
      copy(member + "/1/model.onnx", repository);
    }
    // Triton's layout: a version has a folder, also where nothing is in it.
    version(ENSEMBLE, repository);
    copy(ENSEMBLE + "/config.pbtxt", repository);
    return repository;
  }

  /** The model's manifest, JSON. */
  public static String manifest() throws IOException {
    try (InputStream in = open("model.json")) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static void version(String model, Path repository) throws IOException {
    Path folder = Files.createDirectory(repository.resolve(model));
    folder.toFile().deleteOnExit();
    Files.createDirectory(folder.resolve("1")).toFile().deleteOnExit();
  }

  private static void copy(String name, Path repository) throws IOException {
    Path target = repository.resolve(name);
    target.toFile().deleteOnExit();
    try (InputStream in = open(name)) {
      Files.copy(in, target);
    }
  }

  private static InputStream open(String name) throws FileNotFoundException {
    InputStream in = ReferenceModel.class.getResourceAsStream(ROOT + name);
    if (in == null) {
      throw new FileNotFoundException("the reference model's " + name + " is not in the jar");
    }
    return in;
  }
}
