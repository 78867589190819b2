package io.mt2kd.gateway.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.model.SpeakerCalibration.FalseAccept;
import io.mt2kd.gateway.core.model.SpeakerCalibration.Line;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpeakerCalibrationTest {
  private static final SpeakerCalibration CALIBRATION =
      new SpeakerCalibration(
          new Line(10, -5),
          // Not in order: a table is a function, however it was written.
          List.of(new FalseAccept(0.001, 4), new FalseAccept(0.1, 0), new FalseAccept(0.01, 3)),
          null);

  @Test
  void ratioIsOnTheLine() {
    assertThat(CALIBRATION.logLikelihoodRatio(0.5)).isZero();
    assertThat(CALIBRATION.logLikelihoodRatio(1)).isEqualTo(5);
    assertThat(CALIBRATION.logLikelihoodRatio(-1)).isEqualTo(-15);
  }

  @Test
  void keepsTheTableInDescendingOrderOfRate() {
    assertThat(CALIBRATION.falseAccept())
        .extracting(FalseAccept::rate)
        .containsExactly(0.1, 0.01, 0.001);
  }

  @Test
  void thresholdIsTheRowsOwnAtItsRate() {
    for (FalseAccept row : CALIBRATION.falseAccept()) {
      assertThat(CALIBRATION.threshold(row.rate()))
          .isEqualTo(row.logLikelihoodRatio(), within(1e-12));
    }
  }

  @Test
  void thresholdIsLinearInTheLogarithmOfTheRateBetweenRows() {
    assertThat(CALIBRATION.threshold(Math.sqrt(0.1 * 0.01))).isEqualTo(1.5, within(1e-9));
    assertThat(CALIBRATION.threshold(Math.sqrt(0.01 * 0.001))).isEqualTo(3.5, within(1e-9));
  }

  @Test
  void thresholdGoesOnAlongTheOuterRowsBeyondTheTable() {
    assertThat(CALIBRATION.threshold(0.0001)).isEqualTo(5, within(1e-9));
    assertThat(CALIBRATION.threshold(0.5)).isEqualTo(-3 * Math.log10(5), within(1e-9));
  }

  @Property
  void thresholdNeverRisesWithTheRate(
      @ForAll @Scale(4) @DoubleRange(min = 0.0001, max = 0.5) double first,
      @ForAll @Scale(4) @DoubleRange(min = 0.0001, max = 0.5) double second) {
    assertThat(CALIBRATION.threshold(Math.min(first, second)))
        .isGreaterThanOrEqualTo(CALIBRATION.threshold(Math.max(first, second)));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesALineThatDoesNotRise(double scale) {
    assertThatThrownBy(
            () -> new SpeakerCalibration(new Line(scale, 0), CALIBRATION.falseAccept(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("speaker.calibration")
        .hasMessageContaining("expected: scale > 0");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.NEGATIVE_INFINITY})
  void refusesAnOffsetThatIsNoNumber(double offset) {
    assertThatThrownBy(
            () -> new SpeakerCalibration(new Line(1, offset), CALIBRATION.falseAccept(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("speaker.calibration");
  }

  static List<List<FalseAccept>> tablesThatAreNoFunction() {
    return List.of(
        List.of(),
        List.of(new FalseAccept(0.1, 0)),
        List.of(new FalseAccept(0.1, 0), new FalseAccept(0.1, 1)),
        List.of(new FalseAccept(0.1, 1), new FalseAccept(0.01, 0)),
        List.of(new FalseAccept(1, 0), new FalseAccept(0.1, 1)),
        List.of(new FalseAccept(0.1, 0), new FalseAccept(0, 1)),
        List.of(new FalseAccept(Double.NaN, 0), new FalseAccept(0.1, 1)),
        List.of(new FalseAccept(0.1, Double.NaN), new FalseAccept(0.01, 1)),
        List.of(new FalseAccept(0.1, 0), new FalseAccept(0.01, Double.POSITIVE_INFINITY)),
        Arrays.asList(new FalseAccept(0.1, 0), null));
  }

  @ParameterizedTest
  @MethodSource("tablesThatAreNoFunction")
  void refusesATableThatIsNoFunction(List<FalseAccept> table) {
    assertThatThrownBy(() -> new SpeakerCalibration(new Line(1, 0), table, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("speaker.false_accept")
        .hasMessageContaining("expected");
  }

  @Test
  void refusesACalibrationWithoutItsParts() {
    assertThatThrownBy(() -> parse("{\"false_accept\": []}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("speaker.calibration");
    assertThatThrownBy(() -> parse("{\"calibration\": {\"scale\": 1}}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("offset");
    assertThatThrownBy(() -> parse("{\"calibration\": {\"scale\": 1, \"offset\": 0}}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("speaker.false_accept");
  }

  private static ModelManifest parse(String speaker) {
    return ModelManifest.parse(
        Manifests.json(
            node ->
                node.putRawValue(
                    "speaker", new com.fasterxml.jackson.databind.util.RawValue(speaker))));
  }
}
