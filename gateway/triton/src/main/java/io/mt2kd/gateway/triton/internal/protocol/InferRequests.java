package io.mt2kd.gateway.triton.internal.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * From a batch to Triton's request. Samples are not copied: the padded tensor is a rope of the
 * waveforms' own bytes and of shared zeros, which are joined where they are written to the socket.
 */
public final class InferRequests {
  private static final ByteString SILENCE =
      UnsafeByteOperations.unsafeWrap(new byte[Short.BYTES * Waveform.SAMPLE_RATE_HERTZ]);

  private InferRequests() {}

  public static ModelInferRequest of(String model, UtteranceBatch batch) {
    int size = batch.waveforms().size();
    ModelInferRequest.Builder request =
        ModelInferRequest.newBuilder()
            .setModelName(model)
            .setId(batch.id())
            .addInputs(input(TensorNames.AUDIO, "INT16", size, batch.paddedSamples()))
            .addInputs(input(TensorNames.AUDIO_LENGTHS, "INT32", size, 1))
            .addRawInputContents(audio(batch.waveforms(), batch.paddedSamples()))
            .addRawInputContents(lengths(batch.waveforms()));
    for (Head head : batch.heads()) {
      for (String name : TensorNames.outputsOf(head)) {
        request.addOutputs(InferRequestedOutputTensor.newBuilder().setName(name));
      }
    }
    return request.build();
  }

  private static InferInputTensor input(String name, String datatype, int... shape) {
    InferInputTensor.Builder input =
        InferInputTensor.newBuilder().setName(name).setDatatype(datatype);
    for (int dimension : shape) {
      input.addShape(dimension);
    }
    return input.build();
  }

  private static ByteString audio(List<Waveform> waveforms, int paddedSamples) {
    ByteString tensor = ByteString.EMPTY;
    for (Waveform waveform : waveforms) {
      tensor = tensor.concat(UnsafeByteOperations.unsafeWrap(waveform.bytes()));
      int padding = Short.BYTES * (paddedSamples - waveform.sampleCount());
      while (padding > 0) {
        ByteString silence = SILENCE.substring(0, Math.min(padding, SILENCE.size()));
        tensor = tensor.concat(silence);
        padding -= silence.size();
      }
    }
    return tensor;
  }

  private static ByteString lengths(List<Waveform> waveforms) {
    ByteBuffer tensor =
        ByteBuffer.allocate(Integer.BYTES * waveforms.size()).order(ByteOrder.LITTLE_ENDIAN);
    waveforms.forEach(waveform -> tensor.putInt(waveform.sampleCount()));
    return UnsafeByteOperations.unsafeWrap(tensor.flip());
  }
}
