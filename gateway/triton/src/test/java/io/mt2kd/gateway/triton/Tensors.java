package io.mt2kd.gateway.triton;

import com.google.protobuf.ByteString;
import inference.ModelInferResponse;
import inference.ModelInferResponse.InferOutputTensor;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What goes in and what comes out, in the smallest shapes. */
final class Tensors {
  private Tensors() {}

  /** Waveforms of these samples, padded to four. */
  static UtteranceBatch batch(Set<Head> heads, short[]... waveforms) {
    List<Waveform> all = new ArrayList<>();
    for (short[] samples : waveforms) {
      all.add(new Waveform(samples));
    }
    return new UtteranceBatch("r1", all, 4, heads);
  }

  /** An output with its contents. */
  record Output(InferOutputTensor tensor, ByteString content) {
    Output named(String name) {
      return new Output(tensor.toBuilder().setName(name).build(), content);
    }

    Output ofType(String datatype) {
      return new Output(tensor.toBuilder().setDatatype(datatype).build(), content);
    }

    Output shaped(long... shape) {
      InferOutputTensor.Builder shaped = tensor.toBuilder().clearShape();
      for (long dimension : shape) {
        shaped.addShape(dimension);
      }
      return new Output(shaped.build(), content);
    }
  }

  static Output ints(String name, int rows, int... values) {
    ByteBuffer content = littleEndian(values.length);
    for (int value : values) {
      content.putInt(value);
    }
    return output(name, "INT32", rows, values.length, content);
  }

  static Output floats(String name, int rows, float... values) {
    ByteBuffer content = littleEndian(values.length);
    for (float value : values) {
      content.putFloat(value);
    }
    return output(name, "FP32", rows, values.length, content);
  }

  static ModelInferResponse response(Output... outputs) {
    ModelInferResponse.Builder response = ModelInferResponse.newBuilder();
    for (Output output : outputs) {
      response.addOutputs(output.tensor()).addRawOutputContents(output.content());
    }
    return response.build();
  }

  private static Output output(
      String name, String datatype, int rows, int values, ByteBuffer content) {
    return new Output(
        InferOutputTensor.newBuilder()
            .setName(name)
            .setDatatype(datatype)
            .addShape(rows)
            .addShape(values / rows)
            .build(),
        ByteString.copyFrom(content.rewind()));
  }

  private static ByteBuffer littleEndian(int values) {
    return ByteBuffer.allocate(4 * values).order(ByteOrder.LITTLE_ENDIAN);
  }
}
