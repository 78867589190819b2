package io.mt2kd.benchmarks.simulated;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import inference.ModelInferResponse;
import inference.ModelInferResponse.InferOutputTensor;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Answers of the shapes that the ensemble's have: no token anywhere, logits of zero, the same
 * voiceprint for everybody.
 */
final class SimulatedAnswers {
  private final ModelManifest manifest;

  SimulatedAnswers(ModelManifest manifest) {
    this.manifest = manifest;
  }

  ModelInferResponse to(ModelInferRequest request) {
    int rows = Math.toIntExact(request.getInputs(0).getShape(0));
    long samples = request.getInputs(0).getShape(1);
    int frames = (int) Math.ceil(samples / (manifest.sampleRateHertz() * manifest.tokenSeconds()));
    ModelInferResponse.Builder response =
        ModelInferResponse.newBuilder()
            .setModelName(request.getModelName())
            .setModelVersion("1")
            .setId(request.getId());
    for (InferRequestedOutputTensor output : request.getOutputsList()) {
      switch (output.getName()) {
        case "tokens" -> add(response, "tokens", "INT32", rows, frames);
        case "token_scores" -> add(response, "token_scores", "FP32", rows, frames);
        case "tag_logits" -> add(response, "tag_logits", "FP32", rows, manifest.labels().size());
        case "voiceprint" -> voiceprints(response, rows);
        default ->
            throw new IllegalArgumentException("unexpected inference output " + output.getName());
      }
    }
    return response.build();
  }

  private void voiceprints(ModelInferResponse.Builder response, int rows) {
    int size = manifest.embeddingSize();
    ByteBuffer content =
        ByteBuffer.allocate(rows * size * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      content.putFloat(row * size * Float.BYTES, 1);
    }
    add(response, "voiceprint", "FP32", rows, size, UnsafeByteOperations.unsafeWrap(content));
  }

  private static void add(
      ModelInferResponse.Builder response, String name, String datatype, int rows, int columns) {
    ByteString zeros = UnsafeByteOperations.unsafeWrap(new byte[rows * columns * Float.BYTES]);
    add(response, name, datatype, rows, columns, zeros);
  }

  private static void add(
      ModelInferResponse.Builder response,
      String name,
      String datatype,
      int rows,
      int columns,
      ByteString content) {
    response
        .addOutputs(
            InferOutputTensor.newBuilder()
                .setName(name)
                .setDatatype(datatype)
                .addShape(rows)
                .addShape(columns))
        .addRawOutputContents(content);
  }
}
