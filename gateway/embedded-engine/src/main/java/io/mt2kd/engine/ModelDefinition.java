package io.mt2kd.engine;

import inference.DataType;
import inference.ModelConfig;
import inference.ModelEnsembling;
import inference.ModelInput;
import inference.ModelInstanceGroup;
import inference.ModelOutput;
import inference.ModelVersionPolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model is to its callers: name, batch limit, inputs and outputs, all checked.
 *
 * @param config the configuration with the fields that Triton fills in at load
 * @param inputs by name, in the order of the configuration
 * @param outputs by name, in the order of the configuration
 */
record ModelDefinition(
    String name,
    ModelConfig config,
    Map<String, TensorSpec> inputs,
    Map<String, TensorSpec> outputs) {
  static final String ONNX_PLATFORM = "onnxruntime_onnx";
  static final String ENSEMBLE_PLATFORM = "ensemble";

  /** Whether the configuration describes an ensemble; fails on a backend that is not ours. */
  static boolean isEnsemble(ModelConfig config) throws InvalidModelException {
    if (config.hasEnsembleScheduling() || config.getPlatform().equals(ENSEMBLE_PLATFORM)) {
      if (!config.hasEnsembleScheduling()) {
        throw new InvalidModelException("platform 'ensemble' needs ensemble_scheduling");
      }
      return true;
    }
    if (config.getBackend().equals("onnxruntime")
        || (config.getBackend().isEmpty() && config.getPlatform().equals(ONNX_PLATFORM))) {
      return false;
    }
    throw new InvalidModelException(
        (config.getBackend().isEmpty()
                ? "platform '" + config.getPlatform() + "'"
                : "backend '" + config.getBackend() + "'")
            + " (expected: backend 'onnxruntime', platform 'onnxruntime_onnx' or an ensemble)");
  }

  static ModelDefinition of(String name, ModelConfig written) throws InvalidModelException {
    if (written.getMaxBatchSize() < 0) {
      throw new InvalidModelException(
          "max_batch_size " + written.getMaxBatchSize() + " (expected: >= 0)");
    }
    ModelConfig config = complete(name, written);
    var inputs = new LinkedHashMap<String, TensorSpec>();
    for (ModelInput input : config.getInputList()) {
      add(inputs, "input", input.getName(), input.getDataType(), input.getDimsList());
    }
    var outputs = new LinkedHashMap<String, TensorSpec>();
    for (ModelOutput output : config.getOutputList()) {
      add(outputs, "output", output.getName(), output.getDataType(), output.getDimsList());
    }
    if (inputs.isEmpty() || outputs.isEmpty()) {
      throw new InvalidModelException("no input or no output (expected: at least one of each)");
    }
    return new ModelDefinition(name, config, inputs, outputs);
  }

  boolean batches() {
    return config.getMaxBatchSize() > 0;
  }

  private static void add(
      Map<String, TensorSpec> specs, String kind, String name, DataType type, List<Long> dims)
      throws InvalidModelException {
    Datatype datatype =
        Datatype.ofConfig(type)
            .orElseThrow(
                () ->
                    new InvalidModelException(
                        "%s '%s' has data_type %s (expected: one of %s)"
                            .formatted(kind, name, type, List.of(Datatype.values()))));
    if (name.isEmpty() || dims.stream().anyMatch(dim -> dim < -1 || dim == 0)) {
      throw new InvalidModelException(
          "%s '%s' has dims %s (expected: a name, and each dim -1 or > 0)"
              .formatted(kind, name, dims));
    }
    if (specs.put(name, new TensorSpec(name, datatype, dims)) != null) {
      throw new InvalidModelException("%s '%s' is declared twice".formatted(kind, name));
    }
  }

  private static ModelConfig complete(String name, ModelConfig written) {
    ModelConfig.Builder config = written.toBuilder().setName(name);
    if (!config.hasVersionPolicy()) {
      config.setVersionPolicy(
          ModelVersionPolicy.newBuilder()
              .setLatest(ModelVersionPolicy.Latest.newBuilder().setNumVersions(1)));
    }
    if (config.hasEnsembleScheduling()) {
      config.setPlatform(ENSEMBLE_PLATFORM);
      for (ModelEnsembling.Step.Builder step :
          config.getEnsembleSchedulingBuilder().getStepBuilderList()) {
        if (step.getModelVersion() <= 0) {
          step.setModelVersion(-1);
        }
      }
      return config.build();
    }
    config.setPlatform(ONNX_PLATFORM).setBackend("onnxruntime");
    if (config.getDefaultModelFilename().isEmpty()) {
      config.setDefaultModelFilename("model.onnx");
    }
    if (config.getInstanceGroupCount() == 0) {
      config.addInstanceGroup(
          ModelInstanceGroup.newBuilder()
              .setName(name)
              .setCount(1)
              .setKind(ModelInstanceGroup.Kind.KIND_CPU));
    }
    return config.build();
  }
}
