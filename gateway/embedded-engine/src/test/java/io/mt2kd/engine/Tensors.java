package io.mt2kd.engine;

import com.google.protobuf.ByteString;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Requests and replies as Java arrays. */
final class Tensors {
  private Tensors() {}

  /** One row per utterance, all of the same length, with that length as the second input. */
  static ModelInferRequest.Builder tiny(short[]... rows) {
    int samples = rows[0].length;
    ByteBuffer audio = buffer(rows.length * samples * 2);
    ByteBuffer lengths = buffer(rows.length * 4);
    for (short[] row : rows) {
      for (short sample : row) {
        audio.putShort(sample);
      }
      lengths.putInt(samples);
    }
    return ModelInferRequest.newBuilder()
        .setModelName("tiny")
        .addInputs(input("audio", "INT16", rows.length, samples))
        .addInputs(input("audio_lengths", "INT32", rows.length, 1))
        .addRawInputContents(ByteString.copyFrom(audio.flip()))
        .addRawInputContents(ByteString.copyFrom(lengths.flip()));
  }

  /** A request to a model with the one input {@code x}. */
  static ModelInferRequest.Builder vector(String model, float... x) {
    return ModelInferRequest.newBuilder()
        .setModelName(model)
        .addInputs(input("x", "FP32", x.length))
        .addRawInputContents(floats(x));
  }

  static InferInputTensor.Builder input(String name, String datatype, long... shape) {
    return InferInputTensor.newBuilder()
        .setName(name)
        .setDatatype(datatype)
        .addAllShape(Arrays.stream(shape).boxed().toList());
  }

  static ByteString floats(float... values) {
    ByteBuffer bytes = buffer(values.length * 4);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return ByteString.copyFrom(bytes.flip());
  }

  static InferTensorContents floatContents(Float... values) {
    return InferTensorContents.newBuilder().addAllFp32Contents(List.of(values)).build();
  }

  static ModelInferRequest.Builder asking(
      ModelInferRequest.Builder request, Iterable<String> names) {
    names.forEach(
        name -> request.addOutputs(InferRequestedOutputTensor.newBuilder().setName(name)));
    return request;
  }

  static List<String> names(ModelInferResponse response) {
    return response.getOutputsList().stream().map(output -> output.getName()).toList();
  }

  /** The raw bytes of an output, found by its name. */
  static ByteString raw(ModelInferResponse response, String output) {
    return response.getRawOutputContents(names(response).indexOf(output));
  }

  static float[] floats(ModelInferResponse response, String output) {
    var floats = raw(response, output).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    var values = new float[floats.remaining() / 4];
    floats.asFloatBuffer().get(values);
    return values;
  }

  static int[] ints(ModelInferResponse response, String output) {
    var ints = raw(response, output).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    var values = new int[ints.remaining() / 4];
    ints.asIntBuffer().get(values);
    return values;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
