package io.mt2kd.gateway.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.audio.LengthLimits;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelManifestTest {
  private static final ModelManifest MANIFEST = Manifests.MANIFEST;

  @Test
  void readsWhatTheRepositoryBuilderWrites() {
    assertThat(MANIFEST.name()).isEqualTo("mt2kd-reference");
    assertThat(MANIFEST.version()).isEqualTo("0.1.0");
    assertThat(MANIFEST.fingerprint()).isEqualTo("sha256:aa");
    assertThat(MANIFEST.lengthLimits()).isEqualTo(new LengthLimits(1600, 480_000));
    assertThat(MANIFEST.tokens()).containsExactly("<blk>", "▁yes", "▁no", "▁", "t", "s");
    assertThat(MANIFEST.labels()).containsExactly("dog", "rain", "siren");
    assertThat(MANIFEST.tokenSeconds()).isEqualTo(0.04);
    assertThat(MANIFEST.embeddingSize()).isEqualTo(2);
    assertThat(MANIFEST.maxBatchSize()).isEqualTo(8);
    assertThat(MANIFEST.speaker().logLikelihoodRatio(1)).isEqualTo(5);
  }

  @Test
  void readsTheThresholdOfEachLabel() {
    ModelManifest manifest =
        ModelManifest.parse(
            Manifests.json(node -> node.putRawValue("tag_thresholds", raw("[0.25, 0, 1]"))));

    assertThat(
            List.of(manifest.tagThreshold(0), manifest.tagThreshold(1), manifest.tagThreshold(2)))
        .containsExactly(0.25, 0.0, 1.0);
  }

  @Test
  void anEarlierManifestHasNoCohortAndDetectsFromOneHalf() {
    assertThat(MANIFEST.speaker().cohort()).isNull();
    assertThat(MANIFEST.tagThreshold(2)).isEqualTo(0.5);
  }

  @Test
  void readsAManifestWithFieldsOfALaterBuilder() {
    assertThat(ModelManifest.parse(Manifests.json(node -> node.put("languages", "nl"))))
        .isEqualTo(MANIFEST);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "schema | 2",
        "name | ' '",
        "version | ''",
        "fingerprint | ''",
        "sample_rate_hertz | 8000",
        "minimum_samples | 0",
        "maximum_samples | 1599",
        "bucket_seconds | []",
        "bucket_seconds | [0, 30]",
        "bucket_seconds | [2, 1, 30]",
        "bucket_seconds | [1, 1, 30]",
        "bucket_seconds | [1, 29.9]",
        "bucket_seconds | [1, null, 30]",
        "tokens | [\"<blk>\"]",
        "tokens | [\"<blk>\", \"\"]",
        "tokens | [\"<blk>\", null]",
        "token_seconds | 0",
        "token_seconds | 1e999",
        "labels | []",
        "labels | [\"dog\", \"dog\"]",
        "labels | [\"dog\", null]",
        "tag_thresholds | [0.5, 0.5]",
        "tag_thresholds | [0.5, 0.5, null]",
        "tag_thresholds | [0.5, 0.5, 1.1]",
        "tag_thresholds | [0.5, 0.5, -0.1]",
        "embedding_size | 0",
        "max_batch_size | 0",
        "speaker | null",
      })
  void refusesAValueOutOfRangeAndNamesItsField(String field, String value) {
    String json = value.matches("[\\[\\d].*|null") ? value : "\"" + value + "\"";

    assertThatThrownBy(
            () -> ModelManifest.parse(Manifests.json(node -> node.putRawValue(field, raw(json)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("model manifest: " + field)
        .hasMessageContaining("expected");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "schema",
        "name",
        "version",
        "fingerprint",
        "sample_rate_hertz",
        "minimum_samples",
        "maximum_samples",
        "bucket_seconds",
        "tokens",
        "token_seconds",
        "labels",
        "embedding_size",
        "max_batch_size",
        "speaker"
      })
  void refusesAManifestWithoutAField(String field) {
    assertThatThrownBy(() -> ModelManifest.parse(Manifests.json(node -> node.remove(field))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(field);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "\"text\"", "{", "{} {}", "not JSON"})
  void refusesWhatIsNoManifest(String text) {
    assertThatThrownBy(() -> ModelManifest.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("model manifest: ");
  }

  @Test
  void refusesTextAfterTheManifest() {
    assertThatThrownBy(() -> ModelManifest.parse(Manifests.JSON + "{}"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void bucketIsTheSmallestThatHoldsTheUtterance(
      @ForAll @IntRange(min = 1, max = 480_000) int samples) {
    int bucket = MANIFEST.bucketSamples(samples);

    List<Integer> edges =
        MANIFEST.bucketSeconds().stream().map(s -> (int) Math.round(s * 16_000)).toList();
    assertThat(edges).contains(bucket);
    assertThat(bucket).isGreaterThanOrEqualTo(samples);
    assertThat(edges.stream().filter(edge -> edge < bucket)).allMatch(edge -> edge < samples);
  }

  @Test
  void refusesAnUtteranceLongerThanTheLastBucket() {
    assertThatThrownBy(() -> MANIFEST.bucketSamples(480_001))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("sampleCount: 480001 (expected: <= 480000)");
  }

  private static com.fasterxml.jackson.databind.util.RawValue raw(String json) {
    return new com.fasterxml.jackson.databind.util.RawValue(json);
  }
}
