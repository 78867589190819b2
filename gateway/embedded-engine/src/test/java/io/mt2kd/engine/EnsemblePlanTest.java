package io.mt2kd.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.engine.EnsemblePlan.Selection;
import io.mt2kd.engine.EnsemblePlan.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EnsemblePlanTest {
  private static final Step FRONT = new Step(0, "front", Map.of("i", "audio"), Map.of("o", "a"));
  private static final Step HEAD =
      new Step(1, "head", Map.of("i", "a"), Map.of("o", "x", "p", "y"));
  private static final Step OTHER = new Step(2, "other", Map.of("i", "a"), Map.of("o", "z"));

  @Test
  void selectsOnlyTheStepsThatAnOutputNeeds() throws Exception {
    Selection selection = plan(OTHER, HEAD, FRONT).select(Set.of("z"));

    assertThat(selection.steps()).containsExactly(FRONT, OTHER);
    assertThat(selection.uses()).isEqualTo(Map.of("audio", 1, "a", 1, "z", 1));
  }

  @Test
  void asksAMemberOnlyForTheOutputsThatAnybodyWants() throws Exception {
    Selection selection = plan(OTHER, HEAD, FRONT).select(Set.of("x"));

    assertThat(selection.memberOutputs(HEAD)).containsExactly("o");
  }

  @Test
  void takesAllOutputsWhenNoneIsRequested() throws Exception {
    assertThat(plan(OTHER, HEAD, FRONT).select(Set.of()).outputs())
        .containsExactlyInAnyOrder("x", "y", "z");
  }

  @Test
  void rejectsTwoProducersOfOneTensor() {
    var twin = new Step(3, "twin", Map.of("i", "a"), Map.of("o", "z"));

    assertThatThrownBy(() -> plan(FRONT, HEAD, OTHER, twin))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("'z' has more than one producer");
  }

  @Test
  void rejectsAStepThatProducesAnInputOfTheEnsemble() {
    var echo = new Step(3, "echo", Map.of("i", "a"), Map.of("o", "audio"));

    assertThatThrownBy(() -> plan(FRONT, HEAD, OTHER, echo)).hasMessageContaining("'audio'");
  }

  @Test
  void rejectsATensorThatNobodyProduces() {
    assertThatThrownBy(() -> plan(HEAD, OTHER)).hasMessageContaining("'a' of step");
  }

  @Test
  void rejectsAnOutputThatNobodyProduces() {
    assertThatThrownBy(() -> plan(FRONT, HEAD)).hasMessageContaining("output 'z'");
  }

  @Test
  void rejectsACycle() {
    var there = new Step(0, "there", Map.of("i", "b"), Map.of("o", "a"));
    var back = new Step(1, "back", Map.of("i", "a"), Map.of("o", "b"));

    assertThatThrownBy(() -> EnsemblePlan.of(Set.of("audio"), Set.of("a"), List.of(there, back)))
        .hasMessageContaining("cycle")
        .hasMessageContaining("there");
  }

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

  private static EnsemblePlan plan(Step... steps) throws InvalidModelException {
    return EnsemblePlan.of(Set.of("audio"), Set.of("x", "y", "z"), List.of(steps));
  }
}
