package io.mt2kd.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The steps of an ensemble as a graph of named tensors; pure, it knows no model.
 *
 * <p>Built once: every tensor has exactly one producer (a step, or the caller), every consumed
 * tensor has one, every declared output is produced by a step, and there is no cycle. {@link
 * #select} then answers for a set of requested outputs which steps must run: from each output back
 * to its producer, from there to that step's inputs, until the caller's tensors are reached.
 */
final class EnsemblePlan {
  /**
   * One step.
   *
   * @param inputs the member's input name to the ensemble's tensor
   * @param outputs the member's output name to the ensemble's tensor
   */
  record Step(int index, String model, Map<String, String> inputs, Map<String, String> outputs) {
    Step {
      inputs = Map.copyOf(inputs);
      outputs = Map.copyOf(outputs);
    }
  }

  /**
   * The part of a plan that a set of outputs needs.
   *
   * @param steps in an order in which they could run one after the other
   * @param uses for each tensor that is needed, how many of these steps consume it, plus one where
   *     the caller asked for it
   */
  record Selection(List<Step> steps, Map<String, Integer> uses, Set<String> outputs) {
    /** The member's outputs that anybody wants. */
    Set<String> memberOutputs(Step step) {
      var wanted = new LinkedHashSet<String>();
      step.outputs()
          .forEach(
              (output, tensor) -> {
                if (uses.containsKey(tensor)) {
                  wanted.add(output);
                }
              });
      return wanted;
    }
  }

  private final Set<String> inputs;
  private final Set<String> outputs;
  private final List<Step> ordered;
  private final Map<String, Step> producers;

  private EnsemblePlan(
      Set<String> inputs, Set<String> outputs, List<Step> ordered, Map<String, Step> producers) {
    this.inputs = Set.copyOf(inputs);
    this.outputs = Set.copyOf(outputs);
    this.ordered = ordered;
    this.producers = producers;
  }

  static EnsemblePlan of(Set<String> inputs, Set<String> outputs, List<Step> steps)
      throws InvalidModelException {
    var producers = new HashMap<String, Step>();
    for (Step step : steps) {
      for (String tensor : step.outputs().values()) {
        if (inputs.contains(tensor) || producers.put(tensor, step) != null) {
          throw new InvalidModelException(
              "tensor '" + tensor + "' has more than one producer (expected: one)");
        }
      }
    }
    for (Step step : steps) {
      for (String tensor : step.inputs().values()) {
        if (!inputs.contains(tensor) && !producers.containsKey(tensor)) {
          throw new InvalidModelException(
              "tensor '%s' of step '%s' is neither an input of the ensemble nor produced by a step"
                  .formatted(tensor, step.model()));
        }
      }
    }
    for (String output : outputs) {
      if (!producers.containsKey(output)) {
        throw new InvalidModelException("output '" + output + "' is produced by no step");
      }
    }
    return new EnsemblePlan(inputs, outputs, order(inputs, steps), producers);
  }

  /** The plan of a model that stands alone: one step whose tensors keep their names. */
  static EnsemblePlan single(String model, Set<String> inputs, Set<String> outputs) {
    var step = new Step(0, model, identity(inputs), identity(outputs));
    var producers = new HashMap<String, Step>();
    outputs.forEach(output -> producers.put(output, step));
    return new EnsemblePlan(inputs, outputs, List.of(step), producers);
  }

  Set<String> inputs() {
    return inputs;
  }

  /** What must run for these outputs; an empty set asks for all of them. */
  Selection select(Set<String> requested) {
    Set<String> wanted = requested.isEmpty() ? outputs : requested;
    var needed = new HashSet<Step>();
    Deque<String> open = new ArrayDeque<>(wanted);
    while (!open.isEmpty()) {
      Step producer = producers.get(open.pop());
      if (producer != null && needed.add(producer)) {
        open.addAll(producer.inputs().values());
      }
    }
    var uses = new LinkedHashMap<String, Integer>();
    wanted.forEach(tensor -> uses.merge(tensor, 1, Integer::sum));
    List<Step> steps = ordered.stream().filter(needed::contains).toList();
    for (Step step : steps) {
      Set.copyOf(step.inputs().values()).forEach(tensor -> uses.merge(tensor, 1, Integer::sum));
    }
    return new Selection(steps, Map.copyOf(uses), Set.copyOf(wanted));
  }

  private static List<Step> order(Set<String> inputs, List<Step> steps)
      throws InvalidModelException {
    var available = new HashSet<>(inputs);
    var waiting = new ArrayList<>(steps);
    var ordered = new ArrayList<Step>(steps.size());
    while (!waiting.isEmpty()) {
      List<Step> ready =
          waiting.stream().filter(step -> available.containsAll(step.inputs().values())).toList();
      if (ready.isEmpty()) {
        throw new InvalidModelException(
            "the steps form a cycle: " + waiting.stream().map(Step::model).toList());
      }
      ready.forEach(step -> available.addAll(step.outputs().values()));
      waiting.removeAll(ready);
      ordered.addAll(ready);
    }
    return List.copyOf(ordered);
  }

  private static Map<String, String> identity(Set<String> names) {
    var map = new LinkedHashMap<String, String>();
    names.forEach(name -> map.put(name, name));
    return map;
  }
}
