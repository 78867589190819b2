package io.mt2kd.engine;

import static io.mt2kd.engine.Tensors.asking;
import static io.mt2kd.engine.Tensors.tiny;
import static io.mt2kd.engine.Tensors.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import inference.ModelStatistics;
import inference.ModelStatisticsRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InferenceTest {
  /** Each head with its outputs. */
  static final Map<String, List<String>> HEADS =
      Map.of(
          "asr_head", List.of("tokens", "token_scores"),
          "at_head", List.of("tag_logits"),
          "sv_head", List.of("voiceprint"));

  private EngineFixture fixture;

  @BeforeEach
  void start() {
    fixture = new EngineFixture();
  }

  @AfterEach
  void stop() {
    assertThat(fixture.engine.openTensors()).isZero();
    fixture.close();
  }

  /** The seven sets of heads that are not empty. */
  static Stream<Set<String>> subsets() {
    List<String> heads = HEADS.keySet().stream().sorted().toList();
    return Stream.iterate(1, mask -> mask + 1)
        .limit(7)
        .map(
            mask ->
                heads.stream()
                    .filter(head -> (mask >> heads.indexOf(head) & 1) == 1)
                    .collect(Collectors.toSet()));
  }

  @Test
  void answersWithTheNumbersOfTheGraph() {
    ModelInferResponse reply =
        fixture.stub.modelInfer(tiny(new short[] {1, 2, 3}, new short[] {-1, 0, 5}).build());

    assertThat(Tensors.ints(reply, "tokens")).containsExactly(8, 11, 14, 2, 5, 20);
    assertThat(Tensors.floats(reply, "token_scores")).containsExactly(-5, -8, -11, 1, -2, -17);
    assertThat(Tensors.floats(reply, "tag_logits")[0]).isEqualTo(6);
    assertThat(Tensors.floats(reply, "tag_logits")[2]).isEqualTo(11);
    // mean of speaker_frames plus length: (9, 15) for the first row
    assertThat(Tensors.floats(reply, "voiceprint")[0])
        .isCloseTo((float) (9 / Math.hypot(9, 15)), within(1e-6f));
  }

  @Test
  void answersWithTypesAndShapesOfTheGraph() {
    ModelInferResponse reply = fixture.stub.modelInfer(tiny(new short[4], new short[4]).build());

    assertThat(reply.getOutputsList())
        .extracting(
            output -> output.getName() + " " + output.getDatatype() + " " + output.getShapeList())
        .containsExactlyInAnyOrder(
            "tokens INT32 [2, 4]",
            "token_scores FP32 [2, 4]",
            "tag_logits FP32 [2, 3]",
            "voiceprint FP32 [2, 2]");
    assertThat(reply.getRawOutputContentsCount()).isEqualTo(4);
  }

  @ParameterizedTest
  @MethodSource("subsets")
  void runsOnlyTheStepsThatTheRequestedOutputsNeed(Set<String> heads) {
    List<String> outputs = heads.stream().flatMap(head -> HEADS.get(head).stream()).toList();
    ModelInferRequest all = tiny(new short[] {4, 7}).build();
    ModelInferRequest some = asking(tiny(new short[] {4, 7}), outputs).build();

    ModelInferResponse reply = fixture.stub.modelInfer(some);

    assertThat(Tensors.names(reply)).containsExactlyInAnyOrderElementsOf(outputs);
    for (String head : HEADS.keySet()) {
      assertThat(executions(head)).as(head).isEqualTo(heads.contains(head) ? 1 : 0);
    }
    assertThat(executions("frontend")).isOne();
    assertThat(executions("encoder")).isOne();
    ModelInferResponse full = fixture.stub.modelInfer(all);
    outputs.forEach(
        name -> assertThat(Tensors.raw(reply, name)).isEqualTo(Tensors.raw(full, name)));
  }

  @Test
  void echoesIdAndNamesModelAndVersion() {
    ModelInferResponse reply =
        fixture.stub.modelInfer(vector("versioned", 1).setId("call 7").build());

    assertThat(reply.getId()).isEqualTo("call 7");
    assertThat(reply.getModelName()).isEqualTo("versioned");
    assertThat(reply.getModelVersion()).isEqualTo("3");
    assertThat(reply.getParametersMap()).isEmpty();
  }

  @Test
  void putsTritonsSequenceParametersIntoTheReplyOfAnEnsembleOnly() {
    assertThat(fixture.stub.modelInfer(tiny(new short[1]).build()).getParametersMap())
        .containsOnlyKeys("sequence_id", "sequence_start", "sequence_end");
  }

  @Test
  void servesTheVersionThatIsAskedFor() {
    var request = vector("versioned", 10).setModelVersion("1").build();

    assertThat(Tensors.floats(fixture.stub.modelInfer(request), "y")).containsExactly(11);
  }

  @Test
  void carriesEveryDatatypeUnchanged() {
    var request = ModelInferRequest.newBuilder().setModelName("datatypes");
    for (Datatype type : Datatype.values()) {
      request.addInputs(Tensors.input("in_" + type.name().toLowerCase(), type.name(), 2));
      request.addRawInputContents(pattern(type));
    }

    ModelInferResponse reply = fixture.stub.modelInfer(request.build());

    for (Datatype type : Datatype.values()) {
      assertThat(Tensors.raw(reply, "out_" + type.name().toLowerCase()))
          .as(type.name())
          .isEqualTo(pattern(type));
    }
  }

  @Test
  void readsTypedContentsOfEveryDatatypeThatHasAField() {
    var raw = ModelInferRequest.newBuilder().setModelName("datatypes");
    for (Datatype type : Datatype.values()) {
      raw.addInputs(Tensors.input("in_" + type.name().toLowerCase(), type.name(), 2));
    }
    var contents =
        Map.of(
            Datatype.BOOL,
                InferTensorContents.newBuilder().addBoolContents(true).addBoolContents(false),
            Datatype.UINT8,
                InferTensorContents.newBuilder().addUintContents(200).addUintContents(1),
            Datatype.INT8, InferTensorContents.newBuilder().addIntContents(-3).addIntContents(1),
            Datatype.INT16, InferTensorContents.newBuilder().addIntContents(-300).addIntContents(1),
            Datatype.INT32,
                InferTensorContents.newBuilder().addIntContents(-70000).addIntContents(1),
            Datatype.INT64,
                InferTensorContents.newBuilder().addInt64Contents(1L << 40).addInt64Contents(1),
            Datatype.FP32,
                InferTensorContents.newBuilder().addFp32Contents(0.5f).addFp32Contents(1),
            Datatype.FP64,
                InferTensorContents.newBuilder().addFp64Contents(0.25).addFp64Contents(1));
    contents.forEach((type, value) -> raw.getInputsBuilder(type.ordinal()).setContents(value));
    // Half precision has no field: an empty tensor is all that typed contents can say.
    raw.getInputsBuilder(Datatype.FP16.ordinal())
        .clearShape()
        .addShape(0)
        .setContents(InferTensorContents.getDefaultInstance());

    ModelInferResponse reply = fixture.stub.modelInfer(raw.build());

    assertThat(Tensors.raw(reply, "out_bool").toByteArray()).containsExactly(1, 0);
    assertThat(Tensors.raw(reply, "out_uint8").toByteArray()).containsExactly(200, 1);
    assertThat(Tensors.raw(reply, "out_int8").toByteArray()).containsExactly(-3, 1);
    assertThat(little(reply, "out_int16").getShort()).isEqualTo((short) -300);
    assertThat(little(reply, "out_int32").getInt()).isEqualTo(-70000);
    assertThat(little(reply, "out_int64").getLong()).isEqualTo(1L << 40);
    assertThat(little(reply, "out_fp32").getFloat()).isEqualTo(0.5f);
    assertThat(little(reply, "out_fp64").getDouble()).isEqualTo(0.25);
    assertThat(Tensors.raw(reply, "out_fp16")).isEmpty();
  }

  @Test
  void readsAnyByteOfABoolAsTrue() {
    var request = ModelInferRequest.newBuilder().setModelName("datatypes");
    for (Datatype type : Datatype.values()) {
      request.addInputs(Tensors.input("in_" + type.name().toLowerCase(), type.name(), 2));
      request.addRawInputContents(pattern(type));
    }
    request.setRawInputContents(
        Datatype.BOOL.ordinal(), ByteString.copyFrom(new byte[] {(byte) 0xff, 0}));

    ModelInferResponse reply = fixture.stub.modelInfer(request.build());

    assertThat(Tensors.raw(reply, "out_bool").toByteArray()).containsExactly(1, 0);
  }

  @Test
  void passesValuesWithoutRounding() {
    float[] values = {Float.MIN_VALUE, -0.0f, Float.NEGATIVE_INFINITY, 1e38f};

    assertThat(Tensors.floats(fixture.stub.modelInfer(vector("copies", values).build()), "y"))
        .containsExactly(values);
  }

  private static ByteString pattern(Datatype type) {
    var bytes = new byte[2 * type.byteSize()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (type == Datatype.BOOL ? i % 2 : 17 * i + 1);
    }
    return ByteString.copyFrom(bytes);
  }

  private static ByteBuffer little(ModelInferResponse reply, String output) {
    return Tensors.raw(reply, output).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  private long executions(String model) {
    ModelStatistics statistics =
        fixture
            .stub
            .modelStatistics(ModelStatisticsRequest.newBuilder().setName(model).build())
            .getModelStats(0);
    return statistics.getExecutionCount();
  }
}
