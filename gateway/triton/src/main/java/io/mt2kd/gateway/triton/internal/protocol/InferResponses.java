package io.mt2kd.gateway.triton.internal.protocol;

import inference.ModelInferResponse;
import inference.ModelInferResponse.InferOutputTensor;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import io.mt2kd.gateway.core.inference.UtteranceOutput.TokenFrames;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.gateway.core.speaker.Voiceprint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From Triton's reply to what the heads said. Outputs are matched by name: the server's order is
 * its own. Everything is checked against the batch and the manifest, so that a server with another
 * model is a failure and not a wrong answer.
 */
public final class InferResponses {
  private static final int ALLOWANCE = 2;
  private static final int ENVELOPE_BYTES = 64 << 10;

  private final Map<String, Tensor> tensors = new HashMap<>();
  private final int batchSize;

  private InferResponses(ModelInferResponse response, int batchSize) {
    this.batchSize = batchSize;
    if (response.getOutputsCount() != response.getRawOutputContentsCount()) {
      throw malformed(
          "%d outputs with %d contents"
              .formatted(response.getOutputsCount(), response.getRawOutputContentsCount()));
    }
    for (int i = 0; i < response.getOutputsCount(); i++) {
      InferOutputTensor output = response.getOutputs(i);
      ByteBuffer content =
          response.getRawOutputContents(i).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      tensors.put(output.getName(), new Tensor(output, content));
    }
  }

  /**
   * Bytes that a reply to a batch may have: twice what all heads give, and 64 KiB.
   *
   * <pre>
   * 2 * batch * 4 (2 * frames + labels + embedding size) + 65536
   * </pre>
   */
  public static int mostBytes(UtteranceBatch batch, ModelManifest manifest) {
    double frames =
        Math.ceil(batch.paddedSamples() / (manifest.tokenSeconds() * Waveform.SAMPLE_RATE_HERTZ));
    double row = Integer.BYTES * (2 * frames + manifest.labels().size() + manifest.embeddingSize());
    // A cast to int stops at its largest value.
    return (int) (ALLOWANCE * batch.waveforms().size() * row + ENVELOPE_BYTES);
  }

  /**
   * @throws InternalException when the reply is not one to this batch
   */
  public static List<UtteranceOutput> read(
      ModelInferResponse response, UtteranceBatch batch, ModelManifest manifest) {
    InferResponses reader = new InferResponses(response, batch.waveforms().size());
    List<UtteranceOutput> outputs = new ArrayList<>();
    for (int row = 0; row < reader.batchSize; row++) {
      outputs.add(
          new UtteranceOutput(
              batch.heads().contains(Head.ASR) ? reader.tokens(row) : null,
              batch.heads().contains(Head.AT)
                  ? reader.floats(TensorNames.TAG_LOGITS, row, manifest.labels().size())
                  : null,
              batch.heads().contains(Head.SV)
                  ? reader.voiceprint(row, manifest.embeddingSize())
                  : null));
    }
    return outputs;
  }

  private TokenFrames tokens(int row) {
    Tensor tensor = tensor(TensorNames.TOKENS, "INT32", null);
    int[] tokens = new int[tensor.columns()];
    tensor.row(row).asIntBuffer().get(tokens);
    return new TokenFrames(tokens, floats(TensorNames.TOKEN_SCORES, row, tokens.length));
  }

  private Voiceprint voiceprint(int row, int size) {
    try {
      return Voiceprint.of(floats(TensorNames.VOICEPRINT, row, size));
    } catch (IllegalArgumentException e) {
      throw malformed(String.valueOf(e.getMessage()));
    }
  }

  private float[] floats(String name, int row, int columns) {
    float[] values = new float[columns];
    tensor(name, "FP32", columns).row(row).asFloatBuffer().get(values);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw malformed("output %s holds %s".formatted(name, value));
      }
    }
    return values;
  }

  private Tensor tensor(String name, String datatype, @Nullable Integer columns) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw malformed("no output %s".formatted(name));
    }
    List<Long> shape = tensor.output.getShapeList();
    boolean fits =
        tensor.output.getDatatype().equals(datatype)
            && shape.size() == 2
            && shape.get(0) == batchSize
            && (columns == null || shape.get(1) == (long) columns)
            && tensor.content.remaining() == shape.get(0) * shape.get(1) * Integer.BYTES;
    if (!fits) {
      throw malformed(
          "output %s is %s %s of %d bytes (expected: %s [%d,%s])"
              .formatted(
                  name,
                  tensor.output.getDatatype(),
                  shape,
                  tensor.content.remaining(),
                  datatype,
                  batchSize,
                  columns == null ? "T" : columns));
    }
    return tensor;
  }

  private static InternalException malformed(String problem) {
    return new InternalException(
        "the model server's reply does not fit its model",
        new IllegalStateException("malformed reply: " + problem));
  }

  /** Of four-byte elements. */
  private record Tensor(InferOutputTensor output, ByteBuffer content) {
    int columns() {
      return (int) output.getShape(1);
    }

    ByteBuffer row(int row) {
      int bytes = columns() * Integer.BYTES;
      return content.slice(row * bytes, bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
