package io.mt2kd.engine;

import static inference.InferParameter.ParameterChoiceCase.BOOL_PARAM;
import static inference.InferParameter.ParameterChoiceCase.DOUBLE_PARAM;
import static inference.InferParameter.ParameterChoiceCase.INT64_PARAM;
import static inference.InferParameter.ParameterChoiceCase.STRING_PARAM;
import static inference.InferParameter.ParameterChoiceCase.UINT64_PARAM;
import static io.mt2kd.engine.EngineException.invalid;

import com.google.protobuf.ByteString;
import inference.InferParameter;
import inference.InferParameter.ParameterChoiceCase;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Holds a {@code ModelInfer} request against the model's declaration, as strictly and as leniently
 * as Triton: surplus {@code raw_input_contents}, a NaN payload and typed contents pass; an axis of
 * size zero passes and reaches the model, an empty batch does not.
 */
final class RequestValidation {
  private static final String FINAL_RESPONSE = "triton_enable_empty_final_response";

  private final ModelDefinition model;
  private final ModelInferRequest request;
  private int nextRaw;

  private RequestValidation(ModelDefinition model, ModelInferRequest request) {
    this.model = model;
    this.request = request;
  }

  static ValidRequest check(ModelDefinition model, ModelInferRequest request)
      throws EngineException {
    return new RequestValidation(model, request).check();
  }

  private ValidRequest check() throws EngineException {
    for (Map.Entry<String, InferParameter> parameter : request.getParametersMap().entrySet()) {
      checkParameter(parameter.getKey(), parameter.getValue());
    }
    Set<String> outputs = requestedOutputs();
    checkNames();
    int batchSize = model.batches() ? batchSize() : 1;
    List<ValidRequest.Input> inputs = new ArrayList<>();
    for (InferInputTensor input : request.getInputsList()) {
      inputs.add(checkInput(input));
    }
    return new ValidRequest(inputs, outputs, batchSize);
  }

  private static void checkParameter(String key, InferParameter value) throws EngineException {
    switch (key) {
      case "sequence_id" -> expect(key, value, INT64_PARAM, STRING_PARAM);
      case "sequence_start", "sequence_end", FINAL_RESPONSE -> expect(key, value, BOOL_PARAM);
      case "priority" -> {
        expect(key, value, INT64_PARAM, UINT64_PARAM);
        if (value.getInt64Param() < 0) {
          throw invalid("parameter 'priority' is " + value.getInt64Param() + " (expected: >= 0)");
        }
      }
      case "timeout" -> expect(key, value, INT64_PARAM);
      default -> {
        if (key.startsWith("triton_")) {
          throw invalid(
              "parameter '%s': keys that start with 'triton_' are reserved (allowed: %s)"
                  .formatted(key, FINAL_RESPONSE));
        }
        expect(key, value, INT64_PARAM, BOOL_PARAM, STRING_PARAM, DOUBLE_PARAM);
      }
    }
  }

  private static void expect(String key, InferParameter value, ParameterChoiceCase... types)
      throws EngineException {
    if (!List.of(types).contains(value.getParameterChoiceCase())) {
      throw invalid(
          "invalid value type for '%s' parameter: %s (expected: one of %s)"
              .formatted(key, value.getParameterChoiceCase(), List.of(types)));
    }
  }

  private Set<String> requestedOutputs() throws EngineException {
    var outputs = new LinkedHashSet<String>();
    for (InferRequestedOutputTensor output : request.getOutputsList()) {
      if (!model.outputs().containsKey(output.getName())) {
        throw invalid(
            "unexpected inference output '%s' for model '%s' (expected: one of %s)"
                .formatted(output.getName(), model.name(), model.outputs().keySet()));
      }
      rejectSharedMemory(output.getParametersMap());
      if (output.containsParameters("classification")) {
        throw new EngineException(
            EngineException.Kind.UNSUPPORTED,
            "output '%s': the classification extension is not offered".formatted(output.getName()));
      }
      outputs.add(output.getName());
    }
    return outputs;
  }

  private void checkNames() throws EngineException {
    var seen = new LinkedHashMap<String, InferInputTensor>();
    for (InferInputTensor input : request.getInputsList()) {
      if (!model.inputs().containsKey(input.getName())) {
        throw invalid(
            "unexpected inference input '%s' for model '%s' (expected: %s)"
                .formatted(input.getName(), model.name(), model.inputs().keySet()));
      }
      if (seen.put(input.getName(), input) != null) {
        throw invalid("input '%s' occurs twice in the request".formatted(input.getName()));
      }
    }
    if (seen.size() < model.inputs().size()) {
      var missing = new TreeSet<>(model.inputs().keySet());
      missing.removeAll(seen.keySet());
      throw invalid(
          "expected %d inputs but got %d inputs for model '%s'; missing: %s"
              .formatted(model.inputs().size(), seen.size(), model.name(), missing));
    }
  }

  private int batchSize() throws EngineException {
    long rows = -1;
    for (InferInputTensor input : request.getInputsList()) {
      if (input.getShapeCount() == 0) {
        throw invalid(
            "input '%s' has no shape but model '%s' requires a batch axis"
                .formatted(input.getName(), model.name()));
      }
      if (rows >= 0 && input.getShape(0) != rows) {
        throw invalid(
            "input '%s' batch size does not match other inputs for '%s': %d (expected: %d)"
                .formatted(input.getName(), model.name(), input.getShape(0), rows));
      }
      rows = input.getShape(0);
    }
    int limit = model.config().getMaxBatchSize();
    if (rows > limit) {
      throw invalid(
          "inference request batch-size must be <= %d for '%s', got %d"
              .formatted(limit, model.name(), rows));
    }
    return (int) rows;
  }

  private ValidRequest.Input checkInput(InferInputTensor input) throws EngineException {
    String name = input.getName();
    rejectSharedMemory(input.getParametersMap());
    @Nullable TensorSpec spec = model.inputs().get(name);
    if (spec == null) {
      throw new IllegalStateException("names are checked first");
    }
    if (!input.getDatatype().equals(spec.datatype().name())) {
      throw invalid(
          "inference input '%s' data-type is '%s', but model '%s' expects '%s'"
              .formatted(name, input.getDatatype(), model.name(), spec.datatype()));
    }
    long[] shape = input.getShapeList().stream().mapToLong(Long::longValue).toArray();
    if (Arrays.stream(shape).anyMatch(dim -> dim < 0)) {
      throw invalid(
          "all dims of input '%s' for model '%s' must be given, got %s (expected: each >= 0)"
              .formatted(name, model.name(), input.getShapeList()));
    }
    checkShape(model, spec, shape);
    return withData(input, spec.datatype(), shape);
  }

  /** Also held against the tensors that an ensemble's members hand to each other. */
  static void checkShape(ModelDefinition model, TensorSpec spec, long[] shape)
      throws EngineException {
    if (!spec.accepts(shape, model.batches())) {
      throw invalid(
          "unexpected shape for input '%s' for model '%s': %s (expected: %s)"
              .formatted(
                  spec.name(),
                  model.name(),
                  Arrays.toString(shape),
                  spec.wireDims(model.batches())));
    }
  }

  private ValidRequest.Input withData(InferInputTensor input, Datatype datatype, long[] shape)
      throws EngineException {
    String name = input.getName();
    int expected = byteSize(input, datatype, shape);
    @Nullable ByteString raw = null;
    long actual;
    if (input.hasContents()) {
      if (request.getRawInputContentsCount() > 0) {
        throw invalid(
            "contents must not be given together with raw_input_contents: input '%s', model '%s'"
                .formatted(name, model.name()));
      }
      InferTensorContents contents = input.getContents();
      int count = TensorCodec.elementCount(contents, datatype);
      if (TensorCodec.totalCount(contents) != count) {
        throw invalid(
            "unexpected contents for input '%s' for model '%s': not the field of datatype %s"
                .formatted(name, model.name(), datatype));
      }
      actual = (long) count * datatype.byteSize();
    } else if (nextRaw < request.getRawInputContentsCount()) {
      raw = request.getRawInputContents(nextRaw++);
      actual = raw.size();
    } else {
      throw invalid(
          "unable to find data for input tensor '%s' for model '%s' in request"
              .formatted(name, model.name()));
    }
    if (actual != expected) {
      throw invalid(
          "input byte size mismatch for input '%s' for model '%s'. Expected %d, got %d"
              .formatted(name, model.name(), expected, actual));
    }
    return new ValidRequest.Input(name, datatype, shape, expected, raw, input.getContents());
  }

  private int byteSize(InferInputTensor input, Datatype datatype, long[] shape)
      throws EngineException {
    try {
      long size = datatype.byteSize();
      for (int axis = 0; axis < shape.length; axis++) {
        // An empty batch owes the bytes of one row: Triton never multiplies by zero rows.
        boolean noRows = axis == 0 && model.batches() && shape[axis] == 0;
        size = Math.multiplyExact(size, noRows ? 1 : shape[axis]);
      }
      return Math.toIntExact(size);
    } catch (ArithmeticException e) {
      throw invalid(
          "unexpected shape for input '%s' for model '%s': %s (expected: at most 2147483647 bytes)"
              .formatted(input.getName(), model.name(), input.getShapeList()));
    }
  }

  private static void rejectSharedMemory(Map<String, InferParameter> parameters)
      throws EngineException {
    @Nullable InferParameter region = parameters.get("shared_memory_region");
    if (region == null) {
      return;
    }
    if (!parameters.containsKey("shared_memory_byte_size")) {
      throw invalid("'shared_memory_byte_size' must be specified with 'shared_memory_region'");
    }
    // No region can be registered here, so none is ever found: Triton's answer in that case.
    throw new EngineException(
        EngineException.Kind.NOT_FOUND,
        "Unable to find shared memory region: '" + region.getStringParam() + "'");
  }
}
