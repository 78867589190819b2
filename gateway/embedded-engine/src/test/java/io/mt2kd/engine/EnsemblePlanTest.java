package io.mt2kd.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.engine.EnsemblePlan.Selection;
import io.mt2kd.engine.EnsemblePlan.Step;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  private static EnsemblePlan plan(Step... steps) throws InvalidModelException {
    return EnsemblePlan.of(Set.of("audio"), Set.of("x", "y", "z"), List.of(steps));
  }
}
