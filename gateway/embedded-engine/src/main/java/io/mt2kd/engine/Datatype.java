package io.mt2kd.engine;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.TensorInfo;
import inference.DataType;
import java.util.Arrays;
import java.util.Optional;

/**
 * The element types that the engine carries, with their name in the protocol (the constant's name),
 * in {@code config.pbtxt} and in ONNX Runtime.
 *
 * <p>BYTES, BF16 and the wide unsigned integers are left out: ONNX Runtime's Java binding has no
 * distinct type for them.
 */
enum Datatype {
  BOOL(1, DataType.TYPE_BOOL, OnnxJavaType.BOOL),
  UINT8(1, DataType.TYPE_UINT8, OnnxJavaType.UINT8),
  INT8(1, DataType.TYPE_INT8, OnnxJavaType.INT8),
  INT16(2, DataType.TYPE_INT16, OnnxJavaType.INT16),
  INT32(4, DataType.TYPE_INT32, OnnxJavaType.INT32),
  INT64(8, DataType.TYPE_INT64, OnnxJavaType.INT64),
  FP16(2, DataType.TYPE_FP16, OnnxJavaType.FLOAT16),
  FP32(4, DataType.TYPE_FP32, OnnxJavaType.FLOAT),
  FP64(8, DataType.TYPE_FP64, OnnxJavaType.DOUBLE);

  private final int byteSize;
  private final DataType configType;
  private final OnnxJavaType onnxType;

  Datatype(int byteSize, DataType configType, OnnxJavaType onnxType) {
    this.byteSize = byteSize;
    this.configType = configType;
    this.onnxType = onnxType;
  }

  int byteSize() {
    return byteSize;
  }

  DataType configType() {
    return configType;
  }

  OnnxJavaType onnxType() {
    return onnxType;
  }

  static Optional<Datatype> ofConfig(DataType type) {
    return Arrays.stream(values()).filter(candidate -> candidate.configType == type).findFirst();
  }

  static Optional<Datatype> ofOnnx(TensorInfo info) {
    switch (info.onnxType) {
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16:
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32:
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64:
        // The Java binding folds these into the signed type of the same width.
        return Optional.empty();
      default:
        return Arrays.stream(values()).filter(type -> type.onnxType == info.type).findFirst();
    }
  }
}
