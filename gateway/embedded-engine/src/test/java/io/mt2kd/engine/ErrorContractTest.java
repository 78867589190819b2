package io.mt2kd.engine;

import static io.grpc.Status.Code.INTERNAL;
import static io.grpc.Status.Code.INVALID_ARGUMENT;
import static io.grpc.Status.Code.NOT_FOUND;
import static io.grpc.Status.Code.UNIMPLEMENTED;
import static io.mt2kd.engine.Tensors.input;
import static io.mt2kd.engine.Tensors.tiny;
import static io.mt2kd.engine.Tensors.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import inference.InferParameter;
import inference.InferTensorContents;
import inference.ModelConfigRequest;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import inference.ModelInferResponse;
import inference.ModelMetadataRequest;
import inference.ModelReadyRequest;
import inference.ModelStatisticsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The statuses of a real Triton, row by row, on the real gRPC stack. */
class ErrorContractTest {
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

  record Mistake(String name, ModelInferRequest request, Status.Code code, List<String> text) {
    Mistake(String name, ModelInferRequest.Builder request, Status.Code code, String... text) {
      this(name, request.build(), code, List.of(text));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final short[] ROW = {1, 2, 3};

  static Stream<Mistake> mistakes() {
    return Stream.of(
        new Mistake("unknown model", vector("nope", 1), NOT_FOUND, "'nope'", "not found"),
        new Mistake("empty model name", vector("", 1), NOT_FOUND, "''"),
        new Mistake("path as a model name", vector("../tiny", 1), NOT_FOUND, "'../tiny'"),
        new Mistake("model not loaded", vector("four", 1), NOT_FOUND, "no available versions"),
        new Mistake(
            "unknown version",
            vector("versioned", 1).setModelVersion("9"),
            NOT_FOUND,
            "'versioned' version 9"),
        new Mistake(
            "version that the policy leaves out",
            vector("versioned", 1).setModelVersion("2"),
            NOT_FOUND,
            "version 2"),
        new Mistake(
            "version not a number",
            vector("versioned", 1).setModelVersion("x"),
            INVALID_ARGUMENT,
            "'x'",
            "> 0"),
        new Mistake(
            "negative version",
            vector("versioned", 1).setModelVersion("-1"),
            INVALID_ARGUMENT,
            "'-1'"),
        new Mistake(
            "wrong input name",
            ModelInferRequest.newBuilder()
                .setModelName("copies")
                .addInputs(input("zz", "FP32", 1))
                .addRawInputContents(Tensors.floats(1)),
            INVALID_ARGUMENT,
            "'zz'",
            "'copies'"),
        new Mistake(
            "wrong datatype",
            changed(0, input("audio", "FP32", 1, 3)),
            INVALID_ARGUMENT,
            "'audio'",
            "'FP32'",
            "'INT16'"),
        new Mistake(
            "unknown datatype",
            changed(0, input("audio", "FLOAT", 1, 3)),
            INVALID_ARGUMENT,
            "'FLOAT'"),
        new Mistake(
            "bytes for numbers",
            changed(0, input("audio", "BYTES", 1, 3)),
            INVALID_ARGUMENT,
            "'BYTES'"),
        new Mistake(
            "rank too high",
            changed(0, input("audio", "INT16", 1, 1, 3)),
            INVALID_ARGUMENT,
            "[1, 1, 3]",
            "[-1, -1]"),
        new Mistake(
            "rank too low", changed(0, input("audio", "INT16", 1)), INVALID_ARGUMENT, "[1]"),
        new Mistake(
            "no shape", changed(0, input("audio", "INT16")), INVALID_ARGUMENT, "batch axis"),
        new Mistake(
            "fixed dim violated",
            changed(1, input("audio_lengths", "INT32", 1, 2)),
            INVALID_ARGUMENT,
            "'audio_lengths'",
            "[-1, 1]"),
        new Mistake(
            "negative dim",
            changed(0, input("audio", "INT16", 1, -1)),
            INVALID_ARGUMENT,
            "[1, -1]",
            ">= 0"),
        new Mistake(
            "shape beyond any memory",
            changed(0, input("audio", "INT16", 1, Long.MAX_VALUE)),
            INVALID_ARGUMENT,
            "'audio'"),
        new Mistake(
            "batch sizes differ",
            changed(1, input("audio_lengths", "INT32", 2, 1)),
            INVALID_ARGUMENT,
            "batch size"),
        new Mistake(
            "batch too big",
            tiny(ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW),
            INVALID_ARGUMENT,
            "<= 8",
            "got 9"),
        new Mistake(
            "raw data too short",
            tiny(ROW).setRawInputContents(0, ByteString.copyFrom(new byte[4])),
            INVALID_ARGUMENT,
            "Expected 6, got 4"),
        new Mistake(
            "raw data too long",
            tiny(ROW).setRawInputContents(0, ByteString.copyFrom(new byte[8])),
            INVALID_ARGUMENT,
            "Expected 6, got 8"),
        new Mistake(
            "no data", tiny(ROW).clearRawInputContents(), INVALID_ARGUMENT, "'audio'", "find data"),
        new Mistake(
            "data for the first input only",
            tiny(ROW).clearRawInputContents().addRawInputContents(ByteString.copyFrom(new byte[6])),
            INVALID_ARGUMENT,
            "'audio_lengths'"),
        new Mistake(
            "raw and typed data together",
            tiny(ROW)
                .setInputs(
                    0,
                    input("audio", "INT16", 1, 3)
                        .setContents(InferTensorContents.newBuilder().addIntContents(1))),
            INVALID_ARGUMENT,
            "raw_input_contents"),
        new Mistake(
            "typed data in the wrong field",
            vector("copies", 1)
                .clearRawInputContents()
                .setInputs(
                    0,
                    input("x", "FP32", 1)
                        .setContents(InferTensorContents.newBuilder().addIntContents(1))),
            INVALID_ARGUMENT,
            "'x'",
            "FP32"),
        new Mistake(
            "too few typed values",
            vector("copies", 1)
                .clearRawInputContents()
                .setInputs(0, input("x", "FP32", 2).setContents(Tensors.floatContents(1f))),
            INVALID_ARGUMENT,
            "Expected 8, got 4"),
        new Mistake(
            "missing input",
            tiny(ROW).removeInputs(1),
            INVALID_ARGUMENT,
            "expected 2 inputs but got 1",
            "audio_lengths"),
        new Mistake("no input at all", tiny(ROW).clearInputs(), INVALID_ARGUMENT, "got 0"),
        new Mistake(
            "extra input",
            tiny(ROW).addInputs(input("more", "FP32", 1, 1)),
            INVALID_ARGUMENT,
            "'more'"),
        new Mistake(
            "same input twice",
            tiny(ROW).addInputs(input("audio", "INT16", 1, 3)),
            INVALID_ARGUMENT,
            "'audio'"),
        new Mistake(
            "unknown output",
            Tensors.asking(tiny(ROW), List.of("tokens", "nope")),
            INVALID_ARGUMENT,
            "'nope'",
            "'tiny'"),
        new Mistake(
            "an intermediate tensor as output",
            Tensors.asking(tiny(ROW), List.of("encoder_out")),
            INVALID_ARGUMENT,
            "'encoder_out'"),
        new Mistake(
            "reserved parameter",
            with(tiny(ROW), "triton_secret", InferParameter.newBuilder().setInt64Param(1)),
            INVALID_ARGUMENT,
            "triton_secret",
            "triton_enable_empty_final_response"),
        new Mistake(
            "priority of the wrong type",
            with(tiny(ROW), "priority", InferParameter.newBuilder().setStringParam("high")),
            INVALID_ARGUMENT,
            "'priority'",
            "int64_param or uint64_param"),
        new Mistake(
            "negative priority",
            with(tiny(ROW), "priority", InferParameter.newBuilder().setInt64Param(-1)),
            INVALID_ARGUMENT,
            ">= 0"),
        new Mistake(
            "timeout of the wrong type",
            with(tiny(ROW), "timeout", InferParameter.newBuilder().setBoolParam(true)),
            INVALID_ARGUMENT,
            "'timeout'"),
        new Mistake(
            "sequence start of the wrong type",
            with(tiny(ROW), "sequence_start", InferParameter.newBuilder().setInt64Param(1)),
            INVALID_ARGUMENT,
            "'sequence_start'"),
        new Mistake(
            "shared memory that nobody registered",
            vector("copies", 1)
                .setInputs(
                    0,
                    input("x", "FP32", 1)
                        .putParameters(
                            "shared_memory_region",
                            InferParameter.newBuilder().setStringParam("region").build())),
            NOT_FOUND,
            "'region'"),
        new Mistake(
            "classification",
            vector("copies", 1)
                .addOutputs(
                    InferRequestedOutputTensor.newBuilder()
                        .setName("y")
                        .putParameters(
                            "classification",
                            InferParameter.newBuilder().setInt64Param(1).build())),
            UNIMPLEMENTED,
            "classification"),
        new Mistake("failing model", vector("fails", 1), INTERNAL, "'fails'", "Reshape"),
        new Mistake(
            "failing model in an ensemble",
            vector("fails_inside", 1),
            INTERNAL,
            "in ensemble 'fails_inside', model 'fails'"),
        new Mistake(
            "failing step beside a good one",
            vector("fails_beside", 1, 2),
            INTERNAL,
            "in ensemble 'fails_beside', model 'fails'"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void answersAsTritonDoes(Mistake mistake) {
    StatusRuntimeException e = statusOf(() -> fixture.stub.modelInfer(mistake.request()));

    assertThat(e.getStatus().getCode()).isEqualTo(mistake.code());
    assertThat(e.getStatus().getDescription()).contains(mistake.text());
    assertThat(e.getStatus().getDescription())
        .doesNotContain(EngineFixture.repository().toString(), "onnxruntime_src", ".cc", "/tmp");
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
  void letsAnEmptyBatchReachTheModel() {
    var request =
        ModelInferRequest.newBuilder()
            .setModelName("frontend")
            .addInputs(input("audio", "INT16", 0, 3))
            .addInputs(input("audio_lengths", "INT32", 0, 1))
            .addRawInputContents(ByteString.EMPTY)
            .addRawInputContents(ByteString.EMPTY);

    ModelInferResponse reply = fixture.stub.modelInfer(request.build());

    assertThat(reply.getOutputsList()).allMatch(output -> output.getShape(0) == 0);
  }

  @Test
  void acceptsParametersThatTritonKnowsAndThoseOfTheCaller() {
    var request = tiny(ROW);
    with(request, "priority", InferParameter.newBuilder().setUint64Param(3));
    with(request, "timeout", InferParameter.newBuilder().setInt64Param(1));
    with(request, "tenant", InferParameter.newBuilder().setStringParam("acme"));
    with(
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

  private static ModelInferRequest.Builder changed(
      int index, ModelInferRequest.InferInputTensor.Builder input) {
    return tiny(ROW).setInputs(index, input);
  }

  private static ModelInferRequest.Builder with(
      ModelInferRequest.Builder request, String key, InferParameter.Builder value) {
    return request.putParameters(key, value.build());
  }
}
