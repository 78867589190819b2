package io.mt2kd.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TaggingQualityTest {
  private static final int[] ONCE = {1, 1, 1, 1};

  /**
   * Ranked for "dog": clip 0 (yes), 1 (no), 2 (yes), 3 (no); for "cat": 1 (yes), then 0, 2 and 3
   * equal (3 yes).
   */
  private final TaggingQuality quality =
      new TaggingQuality(
          List.of("cat", "dog"),
          List.of(Set.of("dog"), Set.of("cat"), Set.of("dog"), Set.of("cat")),
          List.of(
              Map.of("dog", 0.9, "cat", 0.1),
              Map.of("dog", 0.8, "cat", 0.7),
              Map.of("dog", 0.6, "cat", 0.1),
              Map.of("dog", 0.5, "cat", 0.1)));

  @Test
  void averagesThePrecisionOfEveryLabel() {
    double dog = (1.0 + 2.0 / 3) / 2;
    double cat = 0.5 * 1 + 0.5 * (2.0 / 4); // the tie is one rank: precision 2 of 4
    assertThat(quality.meanAveragePrecision(ONCE)).isCloseTo((dog + cat) / 2, within(1e-12));
  }

  @Test
  void leavesOutLabelsThatNoCountedClipHas() {
    assertThat(quality.meanAveragePrecision(new int[] {1, 0, 0, 0})).isEqualTo(1);
    assertThat(quality.meanAveragePrecision(new int[] {0, 0, 0, 0})).isNaN();
  }

  @Test
  void countsClipsWhoseMostProbableLabelIsTheirs() {
    assertThat(quality.topOneAccuracy(ONCE)).isEqualTo(0.5);
    assertThat(quality.topOneAccuracy(new int[] {3, 1, 0, 0})).isEqualTo(0.75);
  }

  @Test
  void clipsWithoutLabelsCountAgainstPrecisionOnly() {
    TaggingQuality withSilence =
        new TaggingQuality(
            List.of("dog"),
            List.of(Set.of(), Set.of("dog")),
            List.of(Map.of("dog", 0.9), Map.of("dog", 0.5)));
    assertThat(withSilence.meanAveragePrecision(new int[] {1, 1})).isEqualTo(0.5);
    assertThat(withSilence.topOneAccuracy(new int[] {1, 1})).isEqualTo(1);
  }

  @Test
  void labelsThatTheModelDoesNotKnowCountAsImprobable() {
    TaggingQuality unknown =
        new TaggingQuality(
            List.of("owl", "dog"), List.of(Set.of("owl")), List.of(Map.of("dog", 0.9)));
    assertThat(unknown.topOneAccuracy(new int[] {1})).isZero();
  }
}
