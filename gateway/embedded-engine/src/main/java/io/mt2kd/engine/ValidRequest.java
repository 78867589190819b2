package io.mt2kd.engine;

import com.google.protobuf.ByteString;
import inference.InferTensorContents;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request that has passed {@link RequestValidation}.
 *
 * @param batchSize rows along the batch axis; 1 for a model that does not batch
 * @param outputs the requested outputs; empty asks for all
 */
record ValidRequest(List<Input> inputs, Set<String> outputs, int batchSize) {
  /**
   * One input, not yet copied.
   *
   * @param shape in full, batch axis included
   * @param raw little-endian bytes, or null where {@code contents} carries typed values
   */
  record Input(
      String name,
      Datatype datatype,
      long[] shape,
      int byteSize,
      @Nullable ByteString raw,
      InferTensorContents contents) {}
}
