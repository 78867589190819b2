package io.mt2kd.gateway.core.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the model says of itself, and the only thing besides the tensors that gateway and model
 * agree on. It travels inside the ensemble's configuration, so that the two cannot disagree.
 *
 * @param schema version of this record's form; {@value #SCHEMA}
 * @param name of the model
 * @param version of the model
 * @param fingerprint SHA-256 over the parts; voiceprints of different fingerprints are never
 *     compared
 * @param sampleRateHertz 16,000
 * @param minimumSamples shortest utterance
 * @param maximumSamples longest utterance
 * @param bucketSeconds lengths that utterances are padded to, ascending; the last holds the longest
 *     utterance
 * @param tokens text of each token id; 0 is the blank, a leading '▁' starts a word
 * @param tokenSeconds time between two frames of the recogniser
 * @param labels of the tag logits, in their order
 * @param tagThresholds from which probability each label counts as heard, in the labels' order;
 *     null where the model does not say: {@value #UNSTATED_TAG_THRESHOLD}
 * @param embeddingSize dimensions of a voiceprint
 * @param maxBatchSize most utterances in one call of the backend
 * @param speaker what a score of two voiceprints means
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelManifest(
    int schema,
    String name,
    String version,
    String fingerprint,
    @JsonProperty("sample_rate_hertz") int sampleRateHertz,
    @JsonProperty("minimum_samples") int minimumSamples,
    @JsonProperty("maximum_samples") int maximumSamples,
    @JsonProperty("bucket_seconds") List<Double> bucketSeconds,
    List<String> tokens,
    @JsonProperty("token_seconds") double tokenSeconds,
    List<String> labels,
    @JsonProperty("tag_thresholds") @Nullable List<Double> tagThresholds,
    @JsonProperty("embedding_size") int embeddingSize,
    @JsonProperty("max_batch_size") int maxBatchSize,
    SpeakerCalibration speaker) {
  /** The only schema that this gateway reads. */
  public static final int SCHEMA = 1;

  private static final double UNSTATED_TAG_THRESHOLD = 0.5;

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /**
   * @throws IllegalArgumentException naming the field, its value and what was expected
   */
  public ModelManifest {
    require(schema == SCHEMA, "schema", schema, SCHEMA);
    require(name != null && !name.isBlank(), "name", name, "a name");
    require(version != null && !version.isBlank(), "version", version, "a version");
    require(fingerprint != null && !fingerprint.isBlank(), "fingerprint", fingerprint, "a digest");
    require(
        sampleRateHertz == Waveform.SAMPLE_RATE_HERTZ,
        "sample_rate_hertz",
        sampleRateHertz,
        Waveform.SAMPLE_RATE_HERTZ);
    require(minimumSamples >= 1, "minimum_samples", minimumSamples, ">= 1");
    require(
        maximumSamples >= minimumSamples, "maximum_samples", maximumSamples, ">= minimum_samples");
    require(
        bucketSeconds != null && !bucketSeconds.isEmpty() && noneIsNull(bucketSeconds),
        "bucket_seconds",
        bucketSeconds,
        "at least one length");
    bucketSeconds = List.copyOf(bucketSeconds);
    require(
        bucketSeconds.get(0) > 0
            && bucketSeconds.stream().sorted().distinct().toList().equals(bucketSeconds),
        "bucket_seconds",
        bucketSeconds,
        "positive and ascending");
    require(
        samples(bucketSeconds.get(bucketSeconds.size() - 1)) >= maximumSamples,
        "bucket_seconds",
        bucketSeconds,
        "the last holds maximum_samples");
    require(
        tokens != null && tokens.size() >= 2 && noneIsNull(tokens),
        "tokens",
        tokens,
        "a blank and at least one more");
    tokens = List.copyOf(tokens);
    require(tokens.stream().noneMatch(String::isEmpty), "tokens", "an empty one", "text in each");
    require(
        tokenSeconds > 0 && Double.isFinite(tokenSeconds), "token_seconds", tokenSeconds, "> 0");
    require(
        labels != null
            && !labels.isEmpty()
            && noneIsNull(labels)
            && new HashSet<>(labels).size() == labels.size(),
        "labels",
        labels,
        "at least one, none twice");
    labels = List.copyOf(labels);
    if (tagThresholds != null) {
      require(
          tagThresholds.size() == labels.size()
              && tagThresholds.stream()
                  .allMatch(value -> value != null && value >= 0 && value <= 1),
          "tag_thresholds",
          tagThresholds,
          "one number for each of " + labels.size() + " labels, 0 to 1");
      tagThresholds = List.copyOf(tagThresholds);
    }
    require(embeddingSize >= 1, "embedding_size", embeddingSize, ">= 1");
    require(maxBatchSize >= 1, "max_batch_size", maxBatchSize, ">= 1");
    require(speaker != null, "speaker", speaker, "a calibration");
    require(
        speaker.cohort() == null || speaker.cohort().dimensions() == embeddingSize,
        "speaker.cohort.voiceprints",
        speaker.cohort(),
        "speakers * embedding_size (" + embeddingSize + ") bytes");
  }

  /**
   * Reads the JSON that the repository builder wrote.
   *
   * @throws IllegalArgumentException when it is not JSON or a field is out of range
   */
  public static ModelManifest parse(String json) {
    try {
      ModelManifest manifest = JSON.readValue(json, ModelManifest.class);
      if (manifest == null) {
        throw new IllegalArgumentException("model manifest: null (expected: an object)");
      }
      return manifest;
    } catch (ValueInstantiationException e) {
      if (e.getCause() instanceof IllegalArgumentException refusal) {
        throw refusal;
      }
      throw new IllegalArgumentException("model manifest: " + e.getOriginalMessage(), e);
    } catch (JsonMappingException e) {
      String field =
          e.getPath().stream()
              .map(Reference::getFieldName)
              .filter(Objects::nonNull)
              .collect(Collectors.joining("."));
      throw new IllegalArgumentException(
          "model manifest: " + field + ": " + e.getOriginalMessage(), e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("model manifest: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Probability from which a label counts as heard.
   *
   * @param label index in {@link #labels}
   */
  public double tagThreshold(int label) {
    return tagThresholds == null ? UNSTATED_TAG_THRESHOLD : tagThresholds.get(label);
  }

  /** Shortest and longest utterance. */
  public LengthLimits lengthLimits() {
    return new LengthLimits(minimumSamples, maximumSamples);
  }

  /**
   * Samples of the smallest bucket that holds the utterance.
   *
   * @param sampleCount 1 to {@link #maximumSamples}
   */
  public int bucketSamples(int sampleCount) {
    for (double seconds : bucketSeconds) {
      int samples = samples(seconds);
      if (samples >= sampleCount) {
        return samples;
      }
    }
    throw new IllegalArgumentException(
        "sampleCount: " + sampleCount + " (expected: <= " + maximumSamples + ")");
  }

  private static int samples(double seconds) {
    return (int) Math.round(seconds * Waveform.SAMPLE_RATE_HERTZ);
  }

  private static boolean noneIsNull(List<?> values) {
    return values.stream().allMatch(Objects::nonNull);
  }

  private static void require(
      boolean holds, String field, @Nullable Object value, Object expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "model manifest: " + field + ": " + value + " (expected: " + expected + ")");
    }
  }
}
