package io.mt2kd.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import inference.InferTensorContents;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Between the protocol's little-endian bytes and ONNX Runtime's tensors.
 *
 * <p>A request's bytes are copied once, into the direct buffer that ONNX Runtime reads in place; a
 * result is copied once, from ONNX Runtime's memory into the reply. ONNX Runtime is built for
 * little-endian machines only, so the order of bytes never changes on the way.
 */
final class TensorCodec {
  private final OrtEnvironment environment;
  private final AtomicLong openTensors;

  TensorCodec(OrtEnvironment environment, AtomicLong openTensors) {
    this.environment = environment;
    this.openTensors = openTensors;
  }

  /** The input as a tensor that the caller of this method owns. */
  Tensor decode(ValidRequest.Input input) throws OrtException {
    Datatype datatype = input.datatype();
    ByteBuffer buffer = ByteBuffer.allocateDirect(input.byteSize()).order(ByteOrder.nativeOrder());
    ByteString raw = input.raw();
    if (raw == null) {
      put(input.contents(), datatype, buffer);
    } else if (datatype == Datatype.BOOL) {
      // A C++ bool that is neither 0 nor 1 is undefined behaviour in the kernels.
      raw.forEach(value -> buffer.put((byte) (value == 0 ? 0 : 1)));
    } else {
      raw.copyTo(buffer);
    }
    buffer.flip();
    return adopt(OnnxTensor.createTensor(environment, buffer, input.shape(), datatype.onnxType()));
  }

  /** Takes a result of ONNX Runtime over. */
  Tensor adopt(OnnxTensor value) {
    return new Tensor(value, openTensors);
  }

  static ByteString encode(Tensor tensor) {
    // getByteBuffer has copied to the heap: the bytes are ours and nobody changes them.
    return UnsafeByteOperations.unsafeWrap(tensor.value().getByteBuffer());
  }

  /** How many elements the field for this datatype carries. */
  static int elementCount(InferTensorContents contents, Datatype datatype) {
    return switch (datatype) {
      case BOOL -> contents.getBoolContentsCount();
      case INT8, INT16, INT32 -> contents.getIntContentsCount();
      case INT64 -> contents.getInt64ContentsCount();
      case UINT8 -> contents.getUintContentsCount();
      case FP32 -> contents.getFp32ContentsCount();
      case FP64 -> contents.getFp64ContentsCount();
      // The protocol has no field for half precision: raw bytes only.
      case FP16 -> 0;
    };
  }

  /** How many elements all fields together carry. */
  static int totalCount(InferTensorContents contents) {
    return contents.getBoolContentsCount()
        + contents.getIntContentsCount()
        + contents.getInt64ContentsCount()
        + contents.getUintContentsCount()
        + contents.getUint64ContentsCount()
        + contents.getFp32ContentsCount()
        + contents.getFp64ContentsCount()
        + contents.getBytesContentsCount();
  }

  private static void put(InferTensorContents contents, Datatype datatype, ByteBuffer buffer) {
    switch (datatype) {
      case BOOL -> contents.getBoolContentsList().forEach(v -> buffer.put((byte) (v ? 1 : 0)));
      case UINT8 -> contents.getUintContentsList().forEach(v -> buffer.put(v.byteValue()));
      case INT8 -> contents.getIntContentsList().forEach(v -> buffer.put(v.byteValue()));
      case INT16 -> contents.getIntContentsList().forEach(v -> buffer.putShort(v.shortValue()));
      case INT32 -> contents.getIntContentsList().forEach(buffer::putInt);
      case INT64 -> contents.getInt64ContentsList().forEach(buffer::putLong);
      case FP32 -> contents.getFp32ContentsList().forEach(buffer::putFloat);
      case FP64 -> contents.getFp64ContentsList().forEach(buffer::putDouble);
      case FP16 -> {
        // Empty, or the validation would have refused it.
      }
    }
  }
}
