package io.mt2kd.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.engine.EnsemblePlan.Selection;
import io.mt2kd.engine.EnsemblePlan.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class EnsemblePlanPropertyTest {
  /**
   * For any graph and any request: every step comes after its producers, every use is counted, no
   * step runs whose outputs nobody uses.
   */
  @Property
  void aSelectionIsCompleteOrderedAndMinimal(
      @ForAll @IntRange(min = 1, max = 12) int size, @ForAll long seed) throws Exception {
    var random = new Random(seed);
    List<Step> steps = graph(size, random);
    var outputs = new HashSet<String>();
    steps.forEach(step -> outputs.addAll(step.outputs().values()));
    var shuffled = new ArrayList<>(steps);
    Collections.shuffle(shuffled, random);
    var requested = new HashSet<String>();
    outputs.stream().filter(output -> random.nextInt(4) == 0).forEach(requested::add);
    requested.add("s0o0");

    Selection selection =
        EnsemblePlan.of(Set.of("in0", "in1"), outputs, shuffled).select(requested);

    var available = new HashSet<>(Set.of("in0", "in1"));
    var left = new HashMap<>(selection.uses());
    for (Step step : selection.steps()) {
      assertThat(available).containsAll(step.inputs().values());
      available.addAll(step.outputs().values());
      new HashSet<>(step.inputs().values()).forEach(tensor -> left.merge(tensor, -1, Integer::sum));
      assertThat(selection.memberOutputs(step)).isNotEmpty();
    }
    assertThat(available).containsAll(requested);
    requested.forEach(tensor -> left.merge(tensor, -1, Integer::sum));
    assertThat(left.values()).containsOnly(0);
  }

  private static List<Step> graph(int size, Random random) {
    var tensors = new ArrayList<>(List.of("in0", "in1"));
    var steps = new ArrayList<Step>();
    for (int index = 0; index < size; index++) {
      var inputs = new HashMap<String, String>();
      for (int input = 0; input <= random.nextInt(3); input++) {
        inputs.put("i" + input, tensors.get(random.nextInt(tensors.size())));
      }
      var outputs = new HashMap<String, String>();
      for (int output = 0; output <= random.nextInt(3); output++) {
        outputs.put("o" + output, "s" + index + "o" + output);
      }
      tensors.addAll(outputs.values());
      steps.add(new Step(index, "m" + index, inputs, outputs));
    }
    return steps;
  }
}
