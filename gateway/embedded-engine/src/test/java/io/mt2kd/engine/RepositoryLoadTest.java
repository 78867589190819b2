package io.mt2kd.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import inference.ModelConfigRequest;
import inference.ModelReadyRequest;
import inference.ModelVersionPolicy;
import inference.RepositoryIndexRequest;
import inference.RepositoryIndexResponse.ModelIndex;
import inference.ServerReadyRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepositoryLoadTest {
  @TempDir Path repository;

  @Test
  void namesEveryModelThatFailsWithItsReason() throws IOException {
    EngineFixture.copy(repository, "copies", "four");
    rewrite("copies", "onnxruntime", "python");
    Files.delete(repository.resolve("four/1/model.onnx"));

    ModelLoadException e = load();

    assertThat(e.failures()).containsOnlyKeys("copies", "four");
    assertThat(e)
        .hasMessageContaining("failed to load model 'copies': backend 'python' (expected: backend")
        .hasMessageContaining("'four': version 1 has no file 'model.onnx'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "backend: \"onnxruntime\" | platform: \"tensorrt_plan\" | platform 'tensorrt_plan'",
        "name: \"copies\" | name: \"other\" | names 'other'",
        "max_batch_size: 0 | max_batch_size: -1 | max_batch_size -1",
        "name: \"x\" data_type: TYPE_FP32 | name: \"x\" data_type: TYPE_FP64 | from the ONNX file: FP32",
        "name: \"x\" data_type: TYPE_FP32 | name: \"x\" data_type: TYPE_STRING | TYPE_STRING",
        "name: \"x\" data_type: TYPE_FP32 | name: \"q\" data_type: TYPE_FP32 | [q]",
        "name: \"y\" data_type: TYPE_FP32 | name: \"q\" data_type: TYPE_FP32 | 'q' is not in the ONNX",
        "dims: [-1] | dims: [-1, 2] | [-1, 2]",
        "dims: [-1] | dims: [0] | [0]",
        "dims: [-1] | dims: [-2] | [-2]",
        "max_batch_size: 0 | max_batch_size: 4 | with the batch axis",
        "max_batch_size: 0 | max_batch_size: | not valid",
        "max_batch_size: 0 | default_model_filename: \"../1/model.onnx\" | without folders",
        "max_batch_size: 0 | version_policy { specific { versions: 7 } } | no version folder",
      })
  void refusesAConfigurationThatCannotBeServed(String written, String wrong, String reason)
      throws IOException {
    EngineFixture.copy(repository, "copies");
    rewrite("copies", written, wrong);

    assertThat(load().failures().get("copies")).contains(reason);
  }

  @Test
  void refusesAModelWithoutConfiguration() throws IOException {
    Files.createDirectories(repository.resolve("bare/1"));

    assertThat(load()).hasMessageContaining("'bare': config.pbtxt is missing");
  }

  @Test
  void refusesAFileThatIsNoModelWithoutNamingItsPlace() throws IOException {
    EngineFixture.copy(repository, "copies");
    Files.writeString(repository.resolve("copies/1/model.onnx"), "not a model");

    assertThat(load().failures().get("copies"))
        .contains("version 1 was refused by ONNX Runtime")
        .doesNotContain(repository.toString());
  }

  @Test
  void refusesAnEnsembleWithoutVersionFolder() throws IOException {
    EngineFixture.copy(repository, "fails", "fails_inside");
    Files.delete(repository.resolve("fails_inside/1/.gitkeep"));
    Files.delete(repository.resolve("fails_inside/1"));

    assertThat(load().failures().get("fails_inside")).contains("an ensemble needs one too");
  }

  @Test
  void refusesAnEnsembleWhoseMemberIsMissing() throws IOException {
    EngineFixture.copy(repository, "fails_inside");

    assertThat(load().failures().get("fails_inside")).isEqualTo("member 'fails' is not available");
  }

  @Test
  void refusesAnEnsembleWhoseMemberFailed() throws IOException {
    EngineFixture.copy(repository, "fails", "fails_inside");
    rewrite("fails", "onnxruntime", "python");

    assertThat(load().failures().get("fails_inside"))
        .contains("member 'fails' is not available: backend 'python'");
  }

  @Test
  void refusesAnEnsembleWithAnUnknownVersionOfAMember() throws IOException {
    EngineFixture.copy(repository, "fails", "fails_inside");
    rewrite("fails_inside", "model_version: -1", "model_version: 4");

    assertThat(load().failures().get("fails_inside")).contains("no version 4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name: \"x\" data_type: TYPE_FP32 | name: \"x\" data_type: TYPE_INT32 | inconsistent data type",
        "max_batch_size: 0 | max_batch_size: 4 | allows 0 only",
        "input_map { key: \"x\" | input_map { key: \"q\" | maps inputs [q]",
        "output_map { key: \"y\" | output_map { key: \"q\" | maps outputs [q]",
        "value: \"y\" | value: \"t\" | produced by no step",
      })
  void refusesAnEnsembleThatDoesNotFitItsMembers(String written, String wrong, String reason)
      throws IOException {
    EngineFixture.copy(repository, "fails", "fails_inside");
    rewrite("fails_inside", written, wrong);

    assertThat(load().failures().get("fails_inside")).contains(reason);
  }

  @Test
  void toleratesFieldsThatItDoesNotKnow() throws IOException {
    EngineFixture.copy(repository, "copies");
    rewrite(
        "copies", "max_batch_size: 0", "model_warmup [ { name: \"w\" } ] response_cache { x: 1 }");

    try (var fixture = new EngineFixture(EmbeddedEngine.load(repository))) {
      assertThat(Tensors.floats(fixture.stub.modelInfer(Tensors.vector("copies", 1).build()), "y"))
          .containsExactly(1);
    }
  }

  @Test
  void refusesANameThatIsNotInTheRepository() throws IOException {
    EngineFixture.copy(repository, "copies");
    var options = EngineOptions.builder().models("nope").build();

    assertThatThrownBy(() -> EmbeddedEngine.load(repository, options))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("'nope': not in the repository")
        .hasMessageContaining("copies");
  }

  @Test
  void refusesAFolderThatIsNotThere() {
    assertThatThrownBy(() -> EmbeddedEngine.load(repository.resolve("nowhere")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("nowhere");
  }

  @Test
  void servesTheRestWhenItMay() throws IOException {
    EngineFixture.copy(repository, "copies", "four", "fails", "fails_inside");
    rewrite("four", "onnxruntime", "python");
    var options =
        EngineOptions.builder().models("copies", "four", "fails").exitOnError(false).build();

    try (var fixture = new EngineFixture(EmbeddedEngine.load(repository, options))) {
      assertThat(fixture.engine.models()).containsExactlyInAnyOrder("copies", "fails");
      assertThat(fixture.stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady())
          .isFalse();
      assertThat(
              fixture
                  .stub
                  .modelReady(ModelReadyRequest.newBuilder().setName("four").build())
                  .getReady())
          .isFalse();
      List<ModelIndex> index =
          fixture.stub.repositoryIndex(RepositoryIndexRequest.getDefaultInstance()).getModelsList();
      assertThat(index)
          .extracting(model -> model.getName() + " " + model.getState())
          .containsExactly("copies READY", "fails READY", "fails_inside ", "four UNAVAILABLE");
      assertThat(index.get(3).getReason()).contains("backend 'python'");
    }
  }

  @Test
  void servesNoVersionOfAModelWhoseLaterVersionFails() throws IOException {
    EngineFixture.copy(repository, "copies", "versioned");
    Files.writeString(repository.resolve("versioned/3/model.onnx"), "not a model");
    var options = EngineOptions.builder().exitOnError(false).build();

    try (var fixture = new EngineFixture(EmbeddedEngine.load(repository, options))) {
      assertThat(fixture.engine.models()).containsExactly("copies");
    }
  }

  @Test
  void loadsTheMembersOfANamedEnsemble() {
    try (var fixture = new EngineFixture(EngineOptions.builder().models("tiny").build())) {
      assertThat(fixture.engine.models())
          .containsExactlyInAnyOrder(
              "tiny", "frontend", "encoder", "asr_head", "at_head", "sv_head");
    }
  }

  @Test
  void completesTheConfigurationAsTritonDoes() {
    try (var fixture = new EngineFixture(EngineOptions.builder().models("datatypes").build())) {
      var config =
          fixture
              .stub
              .modelConfig(ModelConfigRequest.newBuilder().setName("datatypes").build())
              .getConfig();

      assertThat(config.getPlatform()).isEqualTo("onnxruntime_onnx");
      assertThat(config.getDefaultModelFilename()).isEqualTo("model.onnx");
      assertThat(config.getVersionPolicy().getLatest().getNumVersions()).isOne();
      assertThat(config.getInstanceGroupCount()).isOne();
      assertThat(config.getInputList()).hasSize(Datatype.values().length);
      assertThat(config.getInput(0).getDimsList()).containsExactly(-1L);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, '3'", "1, '3'", "2, '2,3'", "9, '1,2,3'"})
  void servesTheLatestVersions(int count, String expected) {
    var policy =
        ModelVersionPolicy.newBuilder()
            .setLatest(ModelVersionPolicy.Latest.newBuilder().setNumVersions(count))
            .build();

    assertThat(ModelDirectory.select(List.of(1L, 2L, 3L), policy))
        .extracting(String::valueOf)
        .containsExactly(expected.split(","));
  }

  @Test
  void servesAllVersions() {
    var policy =
        ModelVersionPolicy.newBuilder().setAll(ModelVersionPolicy.All.getDefaultInstance()).build();

    assertThat(ModelDirectory.select(List.of(1L, 5L), policy)).containsExactly(1L, 5L);
  }

  private ModelLoadException load() {
    ModelLoadException e =
        catchThrowableOfType(
            ModelLoadException.class, () -> EmbeddedEngine.load(repository).close());
    assertThat(e).as("the load failed").isNotNull();
    return e;
  }

  private void rewrite(String model, String written, String replacement) throws IOException {
    Path config = repository.resolve(model).resolve("config.pbtxt");
    String text = Files.readString(config);
    assertThat(text).contains(written);
    Files.writeString(config, text.replace(written, replacement));
  }
}
