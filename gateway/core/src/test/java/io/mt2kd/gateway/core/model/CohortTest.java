package io.mt2kd.gateway.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.mt2kd.gateway.core.model.Cohort.Nearness;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CohortTest {
  /** Written and checked by the tests of the Python side, whose scores calibration is fitted on. */
  private static final Path GOLDEN =
      Path.of("../../triton-models/tests/data/score_normalisation.json");

  @Test
  void scoresAreThoseOfThePythonSide() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode golden = mapper.readTree(GOLDEN.toFile());
    Cohort cohort = mapper.treeToValue(golden.get("cohort"), Cohort.class);

    assertThat(golden.get("pairs")).hasSize(5);
    for (JsonNode pair : golden.get("pairs")) {
      float[] enrolment = unit(pair.get("enrolment"));
      float[] test = unit(pair.get("test"));
      double cosine = 0;
      for (int i = 0; i < test.length; i++) {
        cosine += (double) enrolment[i] * test[i];
      }
      assertThat(Cohort.normalised(cosine, cohort.nearness(enrolment), cohort.nearness(test)))
          .isEqualTo(pair.get("score").asDouble(), within(1e-5));
    }
  }

  @Test
  void onlyTheNearestStrangersCount() {
    // Voices at 0, 90 and 180 degrees; the side at 90 degrees has the cosines 0, 1 and 0.
    Cohort cohort = new Cohort(3, 2, new byte[] {127, 0, 0, 127, -127, 0});

    Nearness nearness = cohort.nearness(new float[] {0, 1});

    assertThat(nearness.mean()).isEqualTo(0.5, within(1e-12));
    assertThat(nearness.deviation()).isEqualTo(0.5, within(1e-12));
    assertThat(Cohort.normalised(0.75, nearness, new Nearness(0.25, 0.125)))
        .isEqualTo((0.5 + 4) / 2, within(1e-12));
  }

  @Test
  void aCohortOfOneVoiceGivesAFiniteScore() {
    Nearness nearness = new Cohort(2, 2, new byte[] {1, 0, 100, 0}).nearness(new float[] {1, 0});

    assertThat(nearness).isEqualTo(new Nearness(1, 1e-3));
  }

  @Test
  void equalsAnotherOfTheSameVoices() {
    byte[] voices = {1, 2, 3, 4};
    Cohort cohort = new Cohort(2, 2, voices);

    assertThat(cohort).isEqualTo(new Cohort(2, 2, voices.clone()));
    assertThat(cohort).hasSameHashCodeAs(new Cohort(2, 2, voices.clone()));
    assertThat(cohort).isNotEqualTo(new Cohort(4, 2, voices));
    assertThat(cohort).isNotEqualTo(new Cohort(2, 2, new byte[] {1, 2, 3, 5}));
    voices[0] = 9;
    assertThat(cohort).isEqualTo(new Cohort(2, 2, new byte[] {1, 2, 3, 4}));
  }

  @Test
  void showsNoVoice() {
    assertThat(new Cohort(2, 2, new byte[] {11, 12, 13, 14})).hasToString("Cohort[2 x 2]");
  }

  @Test
  void isReadFromTheManifest() {
    ModelManifest manifest = Manifests.withCohort(0, 90, 180);

    assertThat(manifest.speaker().cohort())
        .isEqualTo(new Cohort(3, 2, new byte[] {127, 0, 0, 127, -127, 0}));
    assertThat(manifest).isEqualTo(Manifests.withCohort(0, 90, 180));
    assertThat(manifest).isNotEqualTo(Manifests.withCohort(0, 90, 170));
  }

  // fwAAfw== is 127 0 0 127, fwA= is 127 0, AAAAfw== is 0 0 0 127.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "top_k: 1 (expected: 2 to speakers, 2) | {\"speakers\": 2, \"top_k\": 1, \"voiceprints\": \"fwAAfw==\"}",
        "top_k: 3 (expected: 2 to speakers, 2) | {\"speakers\": 2, \"top_k\": 3, \"voiceprints\": \"fwAAfw==\"}",
        "top_k: 2 (expected: 2 to speakers, 0) | {\"speakers\": 0, \"top_k\": 2, \"voiceprints\": \"\"}",
        "voiceprints: 4 bytes (expected: as many for each of 3 | {\"speakers\": 3, \"top_k\": 2, \"voiceprints\": \"fwAAfw==\"}",
        "voiceprints: none | {\"speakers\": 2, \"top_k\": 2}",
        "voiceprints: Cohort[2 x 1] (expected: speakers * embedding_size (2) bytes) | {\"speakers\": 2, \"top_k\": 2, \"voiceprints\": \"fwE=\"}",
        "voiceprints[0]: all 0 (expected: a direction) | {\"speakers\": 2, \"top_k\": 2, \"voiceprints\": \"AAAAfw==\"}",
        "voiceprints: | {\"speakers\": 2, \"top_k\": 2, \"voiceprints\": \"no base64\"}",
        "speakers: | {\"top_k\": 2, \"voiceprints\": \"fwAAfw==\"}",
        "top_k: | {\"speakers\": 2, \"voiceprints\": \"fwAAfw==\"}",
      })
  void refusesAFaultyCohortAndNamesItsField(String message, String cohort) {
    String json =
        Manifests.json(
            node -> ((ObjectNode) node.get("speaker")).putRawValue("cohort", new RawValue(cohort)));

    assertThatThrownBy(() -> ModelManifest.parse(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("model manifest: speaker.cohort." + message);
  }

  private static float[] unit(JsonNode values) {
    double squares = 0;
    for (JsonNode value : values) {
      squares += value.asDouble() * value.asDouble();
    }
    float[] unit = new float[values.size()];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (values.get(i).asDouble() / Math.sqrt(squares));
    }
    return unit;
  }
}
