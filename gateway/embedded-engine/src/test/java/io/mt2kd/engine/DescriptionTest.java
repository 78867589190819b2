package io.mt2kd.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import inference.GRPCInferenceServiceGrpc;
import inference.ModelConfigRequest;
import inference.ModelMetadataRequest;
import inference.ModelMetadataResponse.TensorMetadata;
import inference.ModelReadyRequest;
import inference.RepositoryIndexRequest;
import inference.ServerLiveRequest;
import inference.ServerLiveResponse;
import inference.ServerMetadataRequest;
import inference.ServerReadyRequest;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DescriptionTest {
  private static EngineFixture fixture;

  @BeforeAll
  static void start() {
    fixture = new EngineFixture();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @Test
  void isLiveAndReady() {
    assertThat(fixture.stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
    assertThat(fixture.stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady())
        .isTrue();
    assertThat(ready("tiny", "")).isTrue();
    assertThat(ready("versioned", "1")).isTrue();
    assertThat(ready("versioned", "2")).isFalse();
  }

  @Test
  void namesItselfAndItsExtensions() {
    var metadata = fixture.stub.serverMetadata(ServerMetadataRequest.getDefaultInstance());

    assertThat(metadata.getName()).isEqualTo("mt2kd-embedded-engine");
    assertThat(metadata.getVersion()).startsWith("onnxruntime-1.");
    assertThat(metadata.getExtensionsList()).contains("statistics", "model_configuration");
  }

  @Test
  void describesTensorsWithTheBatchAxis() {
    var metadata =
        fixture.stub.modelMetadata(ModelMetadataRequest.newBuilder().setName("tiny").build());

    assertThat(metadata.getPlatform()).isEqualTo("ensemble");
    assertThat(metadata.getVersionsList()).containsExactly("1");
    assertThat(metadata.getInputsList())
        .extracting(DescriptionTest::text)
        .containsExactly("audio INT16 [-1, -1]", "audio_lengths INT32 [-1, 1]");
    assertThat(metadata.getOutputsList())
        .extracting(DescriptionTest::text)
        .containsExactly(
            "tokens INT32 [-1, -1]",
            "token_scores FP32 [-1, -1]",
            "tag_logits FP32 [-1, 3]",
            "voiceprint FP32 [-1, 2]");
  }

  @Test
  void listsAllServedVersionsOfAModel() {
    var metadata =
        fixture.stub.modelMetadata(ModelMetadataRequest.newBuilder().setName("versioned").build());

    assertThat(metadata.getVersionsList()).containsExactly("1", "3");
  }

  @Test
  void carriesTheParametersOfTheConfiguration() {
    var config =
        fixture
            .stub
            .modelConfig(ModelConfigRequest.newBuilder().setName("tiny").build())
            .getConfig();

    assertThat(config.getParametersOrThrow("manifest").getStringValue())
        .isEqualTo("{\"schema\": 1}");
    assertThat(config.getMaxBatchSize()).isEqualTo(8);
    assertThat(config.getEnsembleScheduling().getStepCount()).isEqualTo(5);
    assertThat(config.getEnsembleScheduling().getStep(0).getModelVersion()).isEqualTo(-1);
  }

  @Test
  void listsTheRepository() {
    var index = fixture.stub.repositoryIndex(RepositoryIndexRequest.getDefaultInstance());

    assertThat(index.getModelsList())
        .extracting(model -> model.getName() + "/" + model.getVersion() + " " + model.getState())
        .contains("tiny/1 READY", "versioned/1 READY", "versioned/3 READY")
        .doesNotContain("versioned/2 READY");
  }

  @Test
  void leavesTheRestOfTheServiceUnimplemented() {
    var method =
        GRPCInferenceServiceGrpc.getServerLiveMethod().toBuilder()
            .setFullMethodName(
                MethodDescriptor.generateFullMethodName(
                    GRPCInferenceServiceGrpc.SERVICE_NAME, "RepositoryModelUnload"))
            .build();

    assertThatThrownBy(
            () -> {
              ServerLiveResponse unused =
                  ClientCalls.blockingUnaryCall(
                      fixture.channel,
                      method,
                      CallOptions.DEFAULT,
                      ServerLiveRequest.getDefaultInstance());
            })
        .extracting(Status::fromThrowable)
        .extracting(Status::getCode)
        .isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  private static boolean ready(String model, String version) {
    return fixture
        .stub
        .modelReady(ModelReadyRequest.newBuilder().setName(model).setVersion(version).build())
        .getReady();
  }

  private static String text(TensorMetadata tensor) {
    return tensor.getName() + " " + tensor.getDatatype() + " " + tensor.getShapeList();
  }
}
