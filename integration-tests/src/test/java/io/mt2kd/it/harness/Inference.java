package io.mt2kd.it.harness;

import com.google.protobuf.ByteString;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** Requests to the ensemble and its answers, tensor by tensor. */
public final class Inference {
  /** Name of the ensemble. */
  public static final String ENSEMBLE = "mt2kd";

  /** Each head's outputs. */
  public static final List<List<String>> HEADS =
      List.of(List.of("tokens", "token_scores"), List.of("tag_logits"), List.of("voiceprint"));

  private Inference() {}

  /** All outputs for utterances as they are, padded to the longest. */
  public static ModelInferRequest.Builder request(short[]... utterances) {
    return request(Arrays.stream(utterances).mapToInt(u -> u.length).max().orElse(0), utterances);
  }

  /** All outputs for utterances that are padded with zeros to so many samples. */
  public static ModelInferRequest.Builder request(int samples, short[]... utterances) {
    ByteBuffer audio = littleEndian(utterances.length * samples * Short.BYTES);
    ByteBuffer lengths = littleEndian(utterances.length * Integer.BYTES);
    for (int i = 0; i < utterances.length; i++) {
      audio.position(i * samples * Short.BYTES).asShortBuffer().put(utterances[i]);
      lengths.putInt(utterances[i].length);
    }
    return ModelInferRequest.newBuilder()
        .setModelName(ENSEMBLE)
        .addInputs(input("audio", "INT16", utterances.length, samples))
        .addInputs(input("audio_lengths", "INT32", utterances.length, 1))
        .addRawInputContents(ByteString.copyFrom(audio.rewind()))
        .addRawInputContents(ByteString.copyFrom(lengths.rewind()));
  }

  /** An input without its data. */
  public static InferInputTensor.Builder input(String name, String datatype, long... shape) {
    return InferInputTensor.newBuilder()
        .setName(name)
        .setDatatype(datatype)
        .addAllShape(Arrays.stream(shape).boxed().toList());
  }

  /** The same request for these outputs only. */
  public static ModelInferRequest.Builder asking(
      ModelInferRequest.Builder request, Collection<String> outputs) {
    outputs.forEach(
        name -> request.addOutputs(InferRequestedOutputTensor.newBuilder().setName(name)));
    return request;
  }

  /** Names of the outputs that are there. */
  public static List<String> outputs(ModelInferResponse response) {
    return response.getOutputsList().stream().map(output -> output.getName()).toList();
  }

  /** An output's numbers, whatever their type. */
  public static Tensor tensor(ModelInferResponse response, String name) {
    int index = outputs(response).indexOf(name);
    if (index < 0) {
      throw new AssertionError("no output " + name + " among " + outputs(response));
    }
    var output = response.getOutputs(index);
    ByteBuffer bytes =
        response.getRawOutputContents(index).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    return Tensor.read(
        output.getDatatype(),
        output.getShapeList().stream().mapToInt(Math::toIntExact).toArray(),
        bytes);
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
