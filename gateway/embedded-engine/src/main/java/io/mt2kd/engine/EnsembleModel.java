package io.mt2kd.engine;

import static java.util.Objects.requireNonNull;

import inference.ModelEnsembling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An ensemble whose members are loaded and fit together. */
record EnsembleModel(
    ModelDefinition definition,
    long version,
    EnsemblePlan plan,
    List<OnnxModel> members,
    StatisticsRecorder statistics)
    implements ServedModel {

  /** Finds the member of a step; throws with the reason where there is none. */
  interface MemberLookup {
    OnnxModel find(String name, long version) throws InvalidModelException;
  }

  static EnsembleModel load(
      ModelDefinition definition, long version, MemberLookup lookup, StatisticsRecorder statistics)
      throws InvalidModelException {
    var steps = new ArrayList<EnsemblePlan.Step>();
    var members = new ArrayList<OnnxModel>();
    for (ModelEnsembling.Step step : definition.config().getEnsembleScheduling().getStepList()) {
      OnnxModel member = lookup.find(step.getModelName(), step.getModelVersion());
      checkMember(definition, step, member.definition());
      steps.add(
          new EnsemblePlan.Step(
              steps.size(), step.getModelName(), step.getInputMapMap(), step.getOutputMapMap()));
      members.add(member);
    }
    var plan = EnsemblePlan.of(definition.inputs().keySet(), definition.outputs().keySet(), steps);
    checkTypes(definition, steps, members);
    return new EnsembleModel(definition, version, plan, List.copyOf(members), statistics);
  }

  private static void checkMember(
      ModelDefinition ensemble, ModelEnsembling.Step step, ModelDefinition member)
      throws InvalidModelException {
    if (!step.getInputMapMap().keySet().equals(member.inputs().keySet())) {
      throw new InvalidModelException(
          "step '%s' maps inputs %s (expected: %s)"
              .formatted(member.name(), step.getInputMapMap().keySet(), member.inputs().keySet()));
    }
    if (!member.outputs().keySet().containsAll(step.getOutputMapMap().keySet())) {
      throw new InvalidModelException(
          "step '%s' maps outputs %s (expected: some of %s)"
              .formatted(
                  member.name(), step.getOutputMapMap().keySet(), member.outputs().keySet()));
    }
    int limit = ensemble.config().getMaxBatchSize();
    int memberLimit = member.config().getMaxBatchSize();
    if (limit > Math.max(1, memberLimit)) {
      throw new InvalidModelException(
          "max_batch_size %d, but member '%s' allows %d only (expected: at most the members')"
              .formatted(limit, member.name(), memberLimit));
    }
  }

  /** Every tensor has one datatype, whoever declares it. */
  private static void checkTypes(
      ModelDefinition ensemble, List<EnsemblePlan.Step> steps, List<OnnxModel> members)
      throws InvalidModelException {
    var types = new HashMap<String, Datatype>();
    for (TensorSpec spec : ensemble.inputs().values()) {
      addType(types, spec.name(), spec);
    }
    for (TensorSpec spec : ensemble.outputs().values()) {
      addType(types, spec.name(), spec);
    }
    for (EnsemblePlan.Step step : steps) {
      ModelDefinition member = members.get(step.index()).definition();
      for (Map.Entry<String, String> input : step.inputs().entrySet()) {
        addType(types, input.getValue(), requireNonNull(member.inputs().get(input.getKey())));
      }
      for (Map.Entry<String, String> output : step.outputs().entrySet()) {
        addType(types, output.getValue(), requireNonNull(member.outputs().get(output.getKey())));
      }
    }
  }

  private static void addType(Map<String, Datatype> types, String tensor, TensorSpec spec)
      throws InvalidModelException {
    @Nullable Datatype known = types.putIfAbsent(tensor, spec.datatype());
    if (known != null && known != spec.datatype()) {
      throw new InvalidModelException(
          "tensor '%s': inconsistent data type: %s and %s"
              .formatted(tensor, known, spec.datatype()));
    }
  }
}
