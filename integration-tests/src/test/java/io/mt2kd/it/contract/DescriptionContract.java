package io.mt2kd.it.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import inference.ModelConfig;
import inference.ModelConfigRequest;
import inference.ModelMetadataRequest;
import inference.ModelMetadataResponse;
import inference.ModelMetadataResponse.TensorMetadata;
import inference.ModelReadyRequest;
import inference.ModelStatistics;
import inference.ModelStatisticsRequest;
import inference.RepositoryIndexRequest;
import inference.RepositoryIndexResponse;
import inference.ServerLiveRequest;
import inference.ServerMetadataRequest;
import inference.ServerMetadataResponse;
import inference.ServerReadyRequest;
import io.grpc.Status;
import io.mt2kd.it.harness.Inference;
import io.mt2kd.it.harness.ModelRepository;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Besides: what a server says of itself and of its models. */
abstract class DescriptionContract extends InferenceContract {
  private static final List<String> MODELS =
      List.of("asr_head", "at_head", "encoder", "frontend", "mt2kd", "sv_head");

  @Test
  void isLiveAndReady() {
    assertThat(stub().serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
    assertThat(stub().serverReady(ServerReadyRequest.getDefaultInstance()).getReady()).isTrue();
  }

  @Test
  void knowsWhichModelsAreReady() {
    for (String model : MODELS) {
      assertThat(ready(model, "")).as(model).isTrue();
      assertThat(ready(model, "1")).as(model).isTrue();
    }
    assertThat(ready("nope", "")).isFalse();
    assertThat(ready("mt2kd", "9")).isFalse();
    assertThat(refusal(() -> ready("mt2kd", "x")).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void namesItself() {
    ServerMetadataResponse metadata =
        stub().serverMetadata(ServerMetadataRequest.getDefaultInstance());

    assertThat(metadata.getName()).isNotBlank();
    assertThat(metadata.getVersion()).isNotBlank();
    assertThat(metadata.getExtensionsList())
        .contains("model_repository", "model_configuration", "statistics");
  }

  @Test
  void describesTheEnsemblesTensors() throws Exception {
    JsonNode manifest = ModelRepository.manifest();
    ModelMetadataResponse metadata =
        stub().modelMetadata(ModelMetadataRequest.newBuilder().setName("mt2kd").build());

    assertThat(metadata.getPlatform()).isEqualTo("ensemble");
    assertThat(metadata.getVersionsList()).containsExactly("1");
    assertThat(metadata.getInputsList())
        .containsExactly(
            metadata("audio", "INT16", -1, -1), metadata("audio_lengths", "INT32", -1, 1));
    assertThat(metadata.getOutputsList())
        .containsExactlyInAnyOrder(
            metadata("tokens", "INT32", -1, -1),
            metadata("token_scores", "FP32", -1, -1),
            metadata("tag_logits", "FP32", -1, manifest.path("labels").size()),
            metadata("voiceprint", "FP32", -1, manifest.path("embedding_size").asInt()));
    assertThat(
            refusal(
                    () ->
                        stub()
                            .modelMetadata(
                                ModelMetadataRequest.newBuilder().setName("nope").build()))
                .getCode())
        .isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void givesTheConfigurationWithTheManifest() throws Exception {
    ModelConfig config = config("mt2kd");

    assertThat(config.getMaxBatchSize()).isEqualTo(8);
    assertThat(config.getEnsembleScheduling().getStepList())
        .extracting(step -> step.getModelName())
        .containsExactlyInAnyOrder("frontend", "encoder", "asr_head", "at_head", "sv_head");
    assertThat(
            new ObjectMapper().readTree(config.getParametersOrThrow("manifest").getStringValue()))
        .isEqualTo(ModelRepository.manifest());
    assertThat(config("encoder").getInputList())
        .extracting(input -> input.getName())
        .containsExactly("features", "feature_lengths");
    assertThat(refusal(() -> config("nope")).getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void indexesTheRepository() {
    for (boolean onlyReady : new boolean[] {false, true}) {
      RepositoryIndexResponse index =
          stub().repositoryIndex(RepositoryIndexRequest.newBuilder().setReady(onlyReady).build());
      assertThat(index.getModelsList())
          .extracting(model -> model.getName() + " " + model.getVersion() + " " + model.getState())
          .containsExactlyInAnyOrderElementsOf(
              MODELS.stream().map(model -> model + " 1 READY").collect(Collectors.toList()));
    }
  }

  @Test
  void countsWhatEachMemberRan() {
    List<ModelStatistics> before = settledStatistics();
    stub()
        .modelInfer(
            Inference.asking(Inference.request(Mistakes.rows(3)), List.of("tag_logits")).build());

    while (statistics(Inference.ENSEMBLE).equals(before.get(MODELS.indexOf(Inference.ENSEMBLE)))) {
      Thread.onSpinWait();
    }
    List<ModelStatistics> settled = settledStatistics();
    for (int i = 0; i < MODELS.size(); i++) {
      String model = MODELS.get(i);
      ModelStatistics after = settled.get(i);
      // A head that nobody asked for does not run.
      boolean ran = !model.equals("asr_head") && !model.equals("sv_head");
      assertThat(after.getInferenceCount() - before.get(i).getInferenceCount())
          .as(model + ": utterances")
          .isEqualTo(ran ? 3 : 0);
      assertThat(after.getExecutionCount() - before.get(i).getExecutionCount())
          .as(model + ": batches")
          .isEqualTo(ran ? 1 : 0);
      assertThat(
              after.getInferenceStats().getSuccess().getCount()
                  - before.get(i).getInferenceStats().getSuccess().getCount())
          .as(model + ": requests")
          .isEqualTo(ran ? 1 : 0);
    }
    assertThat(refusal(() -> statistics("nope")).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  /** Twice the same: Triton counts a call after it has answered it. */
  private List<ModelStatistics> settledStatistics() {
    List<ModelStatistics> last = MODELS.stream().map(this::statistics).toList();
    while (true) {
      List<ModelStatistics> next = MODELS.stream().map(this::statistics).toList();
      if (next.equals(last)) {
        return next;
      }
      last = next;
    }
  }

  private boolean ready(String model, String version) {
    return stub()
        .modelReady(ModelReadyRequest.newBuilder().setName(model).setVersion(version).build())
        .getReady();
  }

  private ModelConfig config(String model) {
    return stub().modelConfig(ModelConfigRequest.newBuilder().setName(model).build()).getConfig();
  }

  private ModelStatistics statistics(String model) {
    return stub()
        .modelStatistics(ModelStatisticsRequest.newBuilder().setName(model).build())
        .getModelStats(0);
  }

  private static TensorMetadata metadata(String name, String datatype, long... shape) {
    TensorMetadata.Builder metadata =
        TensorMetadata.newBuilder().setName(name).setDatatype(datatype);
    for (long dim : shape) {
      metadata.addShape(dim);
    }
    return metadata.build();
  }
}
