package io.mt2kd.gateway.core.speaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VoiceprintTest {
  @Test
  void isScaledToUnitLength() {
    assertThat(Voiceprint.of(new float[] {3, 4}).values()).containsExactly(0.6f, 0.8f);
    assertThat(Voiceprint.of(new float[] {1e30f, 0}).values()).containsExactly(1, 0);
  }

  @Test
  void leavesTheGivenVectorAsItWas() {
    float[] vector = {3, 4};

    Voiceprint.of(vector);

    assertThat(vector).containsExactly(3, 4);
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 1e-9f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void refusesAVectorWithoutDirection(float value) {
    assertThatThrownBy(() -> Voiceprint.of(new float[] {value, 0}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: a direction");
  }

  @Test
  void refusesAnEmptyVector() {
    assertThatThrownBy(() -> Voiceprint.of(new float[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void cosineIsThatOfTheAngle() {
    assertThat(Voices.at(20).cosine(Voices.at(80))).isEqualTo(0.5, within(1e-6));
    assertThat(Voices.at(0).cosine(Voices.at(180))).isEqualTo(-1, within(1e-6));
  }

  @Test
  void refusesVoiceprintsOfOtherDimensions() {
    Voiceprint three = Voiceprint.of(new float[] {1, 0, 0});

    assertThatThrownBy(() -> Voices.at(0).cosine(three))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("voiceprints of 2 and 3 dimensions");
    assertThatThrownBy(() -> Voiceprint.mean(List.of(Voices.at(0), three)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Voiceprint.mean(List.of(three, Voices.at(0))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void meanIsTheDirectionBetween() {
    assertThat(Voiceprint.mean(List.of(Voices.at(10), Voices.at(50))).cosine(Voices.at(30)))
        .isEqualTo(1, within(1e-6));
  }

  @Test
  void keepsBiometricDataOutOfLogs() {
    assertThat(Voices.at(30)).hasToString("Voiceprint[2]");
  }

  @Property
  void cosineIsSymmetricAndInRange(
      @ForAll @Size(8) List<@FloatRange(min = 0.1f, max = 100) Float> first,
      @ForAll @Size(8) List<@FloatRange(min = -100, max = -0.1f) Float> second) {
    Voiceprint a = Voiceprint.of(array(first));
    Voiceprint b = Voiceprint.of(array(second));

    assertThat(a.cosine(b)).isEqualTo(b.cosine(a)).isBetween(-1.0, 1.0);
    assertThat(a.cosine(a)).isEqualTo(1, within(1e-6)).isLessThanOrEqualTo(1);
  }

  private static float[] array(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }
}
