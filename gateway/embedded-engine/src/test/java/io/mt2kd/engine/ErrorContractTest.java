package io.mt2kd.engine;

import static io.grpc.Status.Code.INVALID_ARGUMENT;
import static io.grpc.Status.Code.NOT_FOUND;
import static io.mt2kd.engine.Tensors.input;
import static io.mt2kd.engine.Tensors.tiny;
import static io.mt2kd.engine.Tensors.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import inference.InferParameter;
import inference.ModelConfigRequest;
import inference.ModelInferResponse;
import inference.ModelMetadataRequest;
import inference.ModelReadyRequest;
import inference.ModelStatisticsRequest;
import io.grpc.StatusRuntimeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The statuses of a real Triton, row by row, on the real gRPC stack. */
class ErrorContractTest {
  private static final short[] ROW = {1, 2, 3};

  private static EngineFixture fixture;

  @BeforeAll
  static void start() {
    // 'four' is in the repository and not loaded.
    fixture =
        new EngineFixture(
            EngineOptions.builder()
                .models("tiny", "versioned", "datatypes", "fails_inside", "fails_beside", "copies")
                .build());
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @ParameterizedTest
  @MethodSource("io.mt2kd.engine.ErrorContract#mistakes")
  void answersAsTritonDoes(ErrorContract.Mistake mistake) {
    StatusRuntimeException e = statusOf(() -> fixture.stub.modelInfer(mistake.request()));

    assertThat(e.getStatus().getCode()).isEqualTo(mistake.code());
    assertThat(e.getStatus().getDescription()).contains(mistake.text());
    assertThat(e.getStatus().getDescription())
        .doesNotContain(EngineFixture.repository().toString(), "onnxruntime_src", ".cc");
    assertThat(fixture.engine.openTensors()).isZero();
    assertThat(Tensors.ints(fixture.stub.modelInfer(tiny(ROW).build()), "tokens"))
        .as("the next good request")
        .containsExactly(8, 11, 14);
  }

  @Test
  void refusesAMemberWhoseInputDoesNotFitWithTheEnsemblesName() {
    try (var narrow = new EngineFixture(EngineOptions.builder().models("narrow_inside").build())) {
      StatusRuntimeException e =
          statusOf(() -> narrow.stub.modelInfer(vector("narrow_inside", 1, 2, 3).build()));

      assertThat(e.getStatus().getCode()).isEqualTo(INVALID_ARGUMENT);
      assertThat(e.getStatus().getDescription())
          .startsWith("in ensemble 'narrow_inside', ")
          .contains("'four'", "[3]", "[4]");
      assertThat(narrow.engine.openTensors()).isZero();
    }
  }

  @Test
  void acceptsSurplusRawContents() {
    var request = vector("copies", 1, 2).addRawInputContents(ByteString.copyFromUtf8("surplus"));

    assertThat(Tensors.floats(fixture.stub.modelInfer(request.build()), "y")).containsExactly(1, 2);
  }

  @Test
  void acceptsNanPayload() {
    ModelInferResponse reply = fixture.stub.modelInfer(vector("copies", Float.NaN).build());

    assertThat(Tensors.floats(reply, "y")).containsExactly(Float.NaN);
  }

  @Test
  void acceptsTypedContents() {
    var request =
        vector("copies", 1, 2)
            .clearRawInputContents()
            .setInputs(0, input("x", "FP32", 2).setContents(Tensors.floatContents(3f, 4f)));

    assertThat(Tensors.floats(fixture.stub.modelInfer(request.build()), "y")).containsExactly(3, 4);
  }

  @Test
  void letsAZeroLengthAxisReachTheModel() {
    ModelInferResponse reply = fixture.stub.modelInfer(vector("copies").build());

    assertThat(reply.getOutputs(0).getShapeList()).containsExactly(0L);
    assertThat(reply.getRawOutputContents(0)).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void letsZeroSamplesReachTheModel() {
    ModelInferResponse reply = fixture.stub.modelInfer(tiny(new short[0]).build());

    assertThat(Tensors.ints(reply, "tokens")).isEmpty();
  }

  @Test
  void readsTheNumberAtTheHeadOfAVersion() {
    var request = vector("versioned", 1).setModelVersion("1x").build();

    assertThat(fixture.stub.modelInfer(request).getModelVersion()).isEqualTo("1");
  }

  @Test
  void acceptsParametersThatTritonKnowsAndThoseOfTheCaller() {
    var request = tiny(ROW);
    ErrorContract.with(request, "priority", InferParameter.newBuilder().setUint64Param(3));
    ErrorContract.with(request, "timeout", InferParameter.newBuilder().setInt64Param(1));
    ErrorContract.with(request, "tenant", InferParameter.newBuilder().setStringParam("acme"));
    ErrorContract.with(request, "weight", InferParameter.newBuilder().setDoubleParam(0.5));
    ErrorContract.with(
        request,
        "triton_enable_empty_final_response",
        InferParameter.newBuilder().setBoolParam(true));

    assertThat(fixture.stub.modelInfer(request.build()).getOutputsCount()).isEqualTo(4);
  }

  @Test
  void describesNoModelThatIsNotThere() {
    assertThat(
            statusOf(
                    () ->
                        fixture.stub.modelMetadata(
                            ModelMetadataRequest.newBuilder().setName("nope").build()))
                .getStatus()
                .getCode())
        .isEqualTo(NOT_FOUND);
    assertThat(
            statusOf(
                    () ->
                        fixture.stub.modelConfig(
                            ModelConfigRequest.newBuilder().setName("four").build()))
                .getStatus()
                .getCode())
        .isEqualTo(NOT_FOUND);
    assertThat(
            statusOf(
                    () ->
                        fixture.stub.modelStatistics(
                            ModelStatisticsRequest.newBuilder().setName("nope").build()))
                .getStatus()
                .getCode())
        .isEqualTo(INVALID_ARGUMENT);
    assertThat(
            fixture
                .stub
                .modelReady(ModelReadyRequest.newBuilder().setName("nope").build())
                .getReady())
        .isFalse();
    assertThat(
            statusOf(
                    () ->
                        fixture.stub.modelReady(
                            ModelReadyRequest.newBuilder().setName("tiny").setVersion("x").build()))
                .getStatus()
                .getCode())
        .isEqualTo(INVALID_ARGUMENT);
  }

  private static StatusRuntimeException statusOf(ThrowingCallable call) {
    StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(e).as("the call failed").isNotNull();
    return e;
  }
}
