package io.mt2kd.engine;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import inference.DataType;
import inference.ModelConfig;
import inference.ModelInput;
import inference.ModelOutput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Holds a configuration against the ONNX graph, and fills in what it leaves out. */
final class OnnxSignature {
  private OnnxSignature() {}

  /** Inputs or outputs that the configuration does not list come from the graph, as in Triton. */
  static ModelConfig complete(ModelConfig written, OrtSession session)
      throws OrtException, InvalidModelException {
    ModelConfig.Builder config = written.toBuilder();
    boolean batches = config.getMaxBatchSize() > 0;
    if (config.getInputCount() == 0) {
      for (NodeInfo node : session.getInputInfo().values()) {
        TensorInfo info = tensor(node);
        config.addInput(
            ModelInput.newBuilder()
                .setName(node.getName())
                .setDataType(dataType(node.getName(), info))
                .addAllDims(dims(info, batches)));
      }
    }
    if (config.getOutputCount() == 0) {
      for (NodeInfo node : session.getOutputInfo().values()) {
        TensorInfo info = tensor(node);
        config.addOutput(
            ModelOutput.newBuilder()
                .setName(node.getName())
                .setDataType(dataType(node.getName(), info))
                .addAllDims(dims(info, batches)));
      }
    }
    return config.build();
  }

  static void check(ModelDefinition definition, OrtSession session)
      throws OrtException, InvalidModelException {
    Map<String, NodeInfo> inputs = session.getInputInfo();
    if (!definition.inputs().keySet().equals(inputs.keySet())) {
      throw new InvalidModelException(
          "configured inputs %s (expected, from the ONNX file: %s)"
              .formatted(definition.inputs().keySet(), inputs.keySet()));
    }
    check(definition.inputs(), inputs, "input", definition.batches());
    check(definition.outputs(), session.getOutputInfo(), "output", definition.batches());
  }

  private static void check(
      Map<String, TensorSpec> specs, Map<String, NodeInfo> nodes, String kind, boolean batches)
      throws InvalidModelException {
    for (TensorSpec spec : specs.values()) {
      @Nullable NodeInfo node = nodes.get(spec.name());
      if (node == null) {
        throw new InvalidModelException(
            "%s '%s' is not in the ONNX file (expected: one of %s)"
                .formatted(kind, spec.name(), nodes.keySet()));
      }
      TensorInfo info = tensor(node);
      Optional<Datatype> actual = Datatype.ofOnnx(info);
      if (!actual.equals(Optional.of(spec.datatype()))) {
        throw new InvalidModelException(
            "%s '%s' is %s (expected, from the ONNX file: %s)"
                .formatted(kind, spec.name(), spec.datatype(), name(info)));
      }
      List<Long> wire = spec.wireDims(batches);
      if (!compatible(wire, info.getShape())) {
        throw new InvalidModelException(
            "%s '%s' has dims %s with the batch axis (expected, from the ONNX file: %s)"
                .formatted(kind, spec.name(), wire, Arrays.toString(info.getShape())));
      }
    }
  }

  private static boolean compatible(List<Long> wire, long[] shape) {
    if (wire.size() != shape.length) {
      return false;
    }
    for (int axis = 0; axis < shape.length; axis++) {
      // A fixed axis of the graph may be -1 in the configuration: the graph then has the last word.
      if (shape[axis] >= 0 && wire.get(axis) >= 0 && wire.get(axis) != shape[axis]) {
        return false;
      }
    }
    return true;
  }

  private static TensorInfo tensor(NodeInfo node) throws InvalidModelException {
    if (node.getInfo() instanceof TensorInfo info) {
      return info;
    }
    throw new InvalidModelException(
        "'" + node.getName() + "' is a sequence or a map (expected: a tensor)");
  }

  private static DataType dataType(String name, TensorInfo info) throws InvalidModelException {
    return Datatype.ofOnnx(info)
        .orElseThrow(
            () ->
                new InvalidModelException(
                    "'%s' is %s (expected: one of %s)"
                        .formatted(name, name(info), List.of(Datatype.values()))))
        .configType();
  }

  private static String name(TensorInfo info) {
    return Datatype.ofOnnx(info)
        .map(Enum::name)
        .orElseGet(() -> info.onnxType.name().replace("ONNX_TENSOR_ELEMENT_DATA_TYPE_", ""));
  }

  private static List<Long> dims(TensorInfo info, boolean batches) {
    var dims = new ArrayList<Long>();
    Arrays.stream(info.getShape()).forEach(dim -> dims.add(dim < 0 ? -1 : dim));
    return batches && !dims.isEmpty() ? dims.subList(1, dims.size()) : dims;
  }
}
