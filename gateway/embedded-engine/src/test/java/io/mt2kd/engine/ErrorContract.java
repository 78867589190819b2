package io.mt2kd.engine;

import static io.grpc.Status.Code.INTERNAL;
import static io.grpc.Status.Code.INVALID_ARGUMENT;
import static io.grpc.Status.Code.NOT_FOUND;
import static io.grpc.Status.Code.UNIMPLEMENTED;
import static io.mt2kd.engine.Tensors.input;
import static io.mt2kd.engine.Tensors.tiny;
import static io.mt2kd.engine.Tensors.vector;

import com.google.protobuf.ByteString;
import inference.InferParameter;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import io.grpc.Status;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a caller of the test repository can get wrong, with Triton's status for it.
 *
 * <p>The codes were taken from a Triton 2.51.0 that served the same models; the last column is our
 * own wording. Classification is the one row that differs: Triton offers it.
 */
final class ErrorContract {
  private static final short[] ROW = {1, 2, 3};

  private ErrorContract() {}

  record Mistake(String name, ModelInferRequest request, Status.Code code, List<String> text) {
    Mistake(String name, ModelInferRequest.Builder request, Status.Code code, String... text) {
      this(name, request.build(), code, List.of(text));
    }

    @Override
    public String toString() {
      return name;
    }
  }

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
            "UINT64_PARAM"),
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
            "parameter of a type that only priority has",
            with(tiny(ROW), "tenant", InferParameter.newBuilder().setUint64Param(1)),
            INVALID_ARGUMENT,
            "'tenant'"),
        new Mistake(
            "parameter without a value",
            with(tiny(ROW), "tenant", InferParameter.newBuilder()),
            INVALID_ARGUMENT,
            "'tenant'"),
        new Mistake(
            "sequence id of the wrong type",
            with(tiny(ROW), "sequence_id", InferParameter.newBuilder().setUint64Param(1)),
            INVALID_ARGUMENT,
            "'sequence_id'"),
        new Mistake(
            "final response of the wrong type",
            with(
                tiny(ROW),
                "triton_enable_empty_final_response",
                InferParameter.newBuilder().setInt64Param(1)),
            INVALID_ARGUMENT,
            "triton_enable_empty_final_response"),
        new Mistake(
            "empty batch",
            changed(0, input("audio", "INT16", 0, 3))
                .setInputs(1, input("audio_lengths", "INT32", 0, 1))
                .setRawInputContents(0, ByteString.EMPTY)
                .setRawInputContents(1, ByteString.EMPTY),
            INVALID_ARGUMENT,
            "got 0"),
        new Mistake(
            "version beyond all numbers",
            vector("versioned", 1).setModelVersion("99999999999999999999"),
            INVALID_ARGUMENT,
            "> 0"),
        new Mistake(
            "empty typed contents",
            vector("copies", 1)
                .clearRawInputContents()
                .setInputs(
                    0, input("x", "FP32", 1).setContents(InferTensorContents.getDefaultInstance())),
            INVALID_ARGUMENT,
            "got 0"),
        new Mistake(
            "shared memory without its size",
            vector("copies", 1).setInputs(0, inSharedMemory()),
            INVALID_ARGUMENT,
            "shared_memory_byte_size"),
        new Mistake(
            "shared memory that nobody registered",
            vector("copies", 1)
                .setInputs(
                    0,
                    inSharedMemory()
                        .putParameters(
                            "shared_memory_byte_size",
                            InferParameter.newBuilder().setInt64Param(4).build())),
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

  private static ModelInferRequest.Builder changed(
      int index, ModelInferRequest.InferInputTensor.Builder input) {
    return tiny(ROW).setInputs(index, input);
  }

  private static ModelInferRequest.InferInputTensor.Builder inSharedMemory() {
    return input("x", "FP32", 1)
        .putParameters(
            "shared_memory_region", InferParameter.newBuilder().setStringParam("region").build());
  }

  static ModelInferRequest.Builder with(
      ModelInferRequest.Builder request, String key, InferParameter.Builder value) {
    return request.putParameters(key, value.build());
  }
}
