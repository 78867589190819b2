package io.mt2kd.gateway.core.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TagTest {
  private static final List<String> LABELS = List.of("dog", "rain", "siren");
  private static final TagChoice ALL = new TagChoice(1000, 0, false);
  private static final IntToDoubleFunction HALF = label -> 0.5;

  @Test
  void probabilityIsTheLogisticFunctionOfTheLogit() {
    assertThat(Tag.rank(new float[] {0, 2, -2}, LABELS, HALF, ALL))
        .satisfiesExactly(
            first -> {
              assertThat(first.label()).isEqualTo("rain");
              assertThat(first.probability()).isEqualTo(0.880797, within(1e-6));
            },
            second -> assertThat(second).isEqualTo(new Tag("dog", 0.5, true)),
            third -> {
              assertThat(third.label()).isEqualTo("siren");
              assertThat(third.probability()).isEqualTo(0.119203, within(1e-6));
            });
  }

  @Test
  void keepsTheManifestsOrderAmongEquals() {
    assertThat(Tag.rank(new float[] {1, 2, 1}, LABELS, HALF, ALL))
        .extracting(Tag::label)
        .containsExactly("rain", "dog", "siren");
  }

  @Test
  void staysInRangeForTheLargestLogits() {
    assertThat(Tag.rank(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE, 0}, LABELS, HALF, ALL))
        .containsExactly(
            new Tag("dog", 1, true), new Tag("siren", 0.5, true), new Tag("rain", 0, false));
  }

  @Test
  void leavesOutWhatIsLessProbableThanAsked() {
    assertThat(Tag.rank(new float[] {0, 2, -2}, LABELS, HALF, new TagChoice(5, 0.5, false)))
        .extracting(Tag::label)
        .containsExactly("rain", "dog");
  }

  @Test
  void isDetectedFromTheThresholdOfItsOwnLabel() {
    IntToDoubleFunction thresholds = label -> new double[] {0.5, 0.9, 0.1}[label];

    assertThat(Tag.rank(new float[] {0, 2, -2}, LABELS, thresholds, ALL))
        .filteredOn(Tag::detected)
        .extracting(Tag::label)
        .containsExactly("dog", "siren");
  }

  @Test
  void leavesOutWhatIsNotDetectedWhereAsked() {
    IntToDoubleFunction thresholds = label -> new double[] {0.5, 0.9, 0.1}[label];

    assertThat(Tag.rank(new float[] {0, 2, -2}, LABELS, thresholds, new TagChoice(1000, 0, true)))
        .extracting(Tag::label)
        .containsExactly("dog", "siren");
    assertThat(Tag.rank(new float[] {0, 2, -2}, LABELS, thresholds, new TagChoice(1000, 0.3, true)))
        .extracting(Tag::label)
        .containsExactly("dog");
  }

  @Test
  void refusesLogitsOfAnotherModel() {
    assertThatThrownBy(() -> Tag.rank(new float[2], LABELS, HALF, ALL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 logits for 3 labels");
  }

  @Property
  void returnsTheMostProbableInOrder(
      @ForAll @Size(max = 30) List<@IntRange(min = -20, max = 20) Integer> logits,
      @ForAll @IntRange(min = 1, max = 40) int maximum,
      @ForAll @DoubleRange(min = 0, max = 1) double minimum) {
    float[] values = new float[logits.size()];
    IntStream.range(0, values.length).forEach(i -> values[i] = logits.get(i));
    List<String> labels = IntStream.range(0, values.length).mapToObj(i -> "label" + i).toList();

    List<Tag> tags = Tag.rank(values, labels, HALF, new TagChoice(maximum, minimum, false));
    List<Tag> everything = Tag.rank(values, labels, HALF, ALL);

    assertThat(tags).isSortedAccordingTo(Comparator.comparingDouble(Tag::probability).reversed());
    assertThat(everything).hasSize(values.length);
    assertThat(everything.subList(0, tags.size())).isEqualTo(tags);
    assertThat(tags)
        .hasSizeLessThanOrEqualTo(maximum)
        .allMatch(tag -> tag.probability() >= minimum);
    if (tags.size() < Math.min(maximum, values.length)) {
      assertThat(everything.get(tags.size()).probability()).isLessThan(minimum);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1001})
  void refusesANumberOfTagsOutOfRange(int maximum) {
    assertThatThrownBy(() -> new TagChoice(maximum, 0, false))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("max_tags: " + maximum + " (expected: 1 to 1000, or 0 for 5)");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, 1.01, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesAProbabilityOutOfRange(double minimum) {
    assertThatThrownBy(() -> new TagChoice(5, minimum, false))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("min_probability: " + minimum + " (expected: 0 to 1)");
  }
}
