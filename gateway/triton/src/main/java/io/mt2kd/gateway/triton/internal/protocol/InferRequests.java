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
 * From a batch to Triton's request: one copy of the samples, into the padded tensor that goes out.
 */
public final class InferRequests {
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
    ByteBuffer tensor = littleEndian(waveforms.size() * paddedSamples * Short.BYTES);
    for (int i = 0; i < waveforms.size(); i++) {
      tensor.position(i * paddedSamples * Short.BYTES);
      tensor.asShortBuffer().put(waveforms.get(i).samples());
    }
    return UnsafeByteOperations.unsafeWrap(tensor.rewind());
  }

  private static ByteString lengths(List<Waveform> waveforms) {
    ByteBuffer tensor = littleEndian(waveforms.size() * Integer.BYTES);
    waveforms.forEach(waveform -> tensor.putInt(waveform.sampleCount()));
    return UnsafeByteOperations.unsafeWrap(tensor.rewind());
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
