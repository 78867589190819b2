package io.mt2kd.gateway.core.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Voices of strangers that scores are normalised with: adaptive symmetric score normalisation,
 * AS-norm (Matějka et al., Interspeech 2017, "AS-Norm 1").
 *
 * <ol>
 *   <li>Each side of a comparison is compared with every voice of the cohort.
 *   <li>Of these cosines the {@code top_k} largest are kept: the voices of the cohort nearest to
 *       that side. They have the mean <i>μ</i> and the standard deviation <i>σ</i> (of the
 *       population, at least {@value #SMALLEST_DEVIATION}).
 *   <li>The cosine <i>s</i> of enrolment <i>e</i> and test <i>t</i> becomes {@code ((s - μ_e) / σ_e
 *       + (s - μ_t) / σ_t) / 2}: how far the two are nearer to each other than strangers like them
 *       are to either.
 * </ol>
 *
 * <p>Immutable. Equal to another of the same voices in the same order.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public final class Cohort {
  private static final double SMALLEST_DEVIATION = 1e-3;
  private static final String FIELD = "model manifest: speaker.cohort.";

  private final int topK;
  private final byte[] steps;

  /** [dimensions][speakers], unit columns: so that the inner loop of the products is a vector's. */
  private final double[][] voices;

  /**
   * @param speakers number of voices
   * @param topK 2 to {@code speakers}
   * @param voiceprints the voices one after another, a signed byte for each dimension; only their
   *     directions count
   * @throws IllegalArgumentException naming the field, its value and what was expected
   */
  @JsonCreator
  public Cohort(
      @JsonProperty("speakers") int speakers,
      @JsonProperty("top_k") int topK,
      @JsonProperty("voiceprints") byte @Nullable [] voiceprints) {
    if (topK < 2 || topK > speakers) {
      throw new IllegalArgumentException(
          FIELD + "top_k: " + topK + " (expected: 2 to speakers, " + speakers + ")");
    }
    if (voiceprints == null || voiceprints.length == 0 || voiceprints.length % speakers != 0) {
      throw new IllegalArgumentException(
          FIELD
              + "voiceprints: "
              + (voiceprints == null ? "none" : voiceprints.length + " bytes")
              + " (expected: as many for each of "
              + speakers
              + " speakers)");
    }
    this.topK = topK;
    this.steps = voiceprints.clone();
    this.voices = unitColumns(voiceprints, speakers);
  }

  private static double[][] unitColumns(byte[] steps, int speakers) {
    int dimensions = steps.length / speakers;
    double[][] voices = new double[dimensions][speakers];
    for (int speaker = 0; speaker < speakers; speaker++) {
      long squares = 0;
      for (int i = 0; i < dimensions; i++) {
        int step = steps[speaker * dimensions + i];
        squares += step * step;
      }
      if (squares == 0) {
        throw new IllegalArgumentException(
            FIELD + "voiceprints[" + speaker + "]: all 0 (expected: a direction)");
      }
      for (int i = 0; i < dimensions; i++) {
        voices[i][speaker] = steps[speaker * dimensions + i] / Math.sqrt(squares);
      }
    }
    return voices;
  }

  /** Of a voiceprint, as {@link Cohort} describes. */
  public int dimensions() {
    return voices.length;
  }

  /**
   * How near one side of a comparison is to the strangers nearest to it.
   *
   * @param mean of their cosines
   * @param deviation of their cosines, greater than 0
   */
  public record Nearness(double mean, double deviation) {
    double standardised(double cosine) {
      return (cosine - mean) / deviation;
    }
  }

  /**
   * @param voiceprint of unit length, of {@link #dimensions()}
   */
  public Nearness nearness(float[] voiceprint) {
    double[] cosines = new double[voices[0].length];
    for (int i = 0; i < voices.length; i++) {
      double value = voiceprint[i];
      double[] dimension = voices[i];
      for (int speaker = 0; speaker < cosines.length; speaker++) {
        cosines[speaker] += value * dimension[speaker];
      }
    }
    Arrays.sort(cosines);
    int first = cosines.length - topK;
    double sum = 0;
    for (int i = first; i < cosines.length; i++) {
      sum += cosines[i];
    }
    double mean = sum / topK;
    double squares = 0;
    for (int i = first; i < cosines.length; i++) {
      squares += (cosines[i] - mean) * (cosines[i] - mean);
    }
    return new Nearness(mean, Math.max(Math.sqrt(squares / topK), SMALLEST_DEVIATION));
  }

  /** The cosine of the two sides, normalised. */
  public static double normalised(double cosine, Nearness enrolment, Nearness test) {
    return (enrolment.standardised(cosine) + test.standardised(cosine)) / 2;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Cohort that
        && topK == that.topK
        && voices[0].length == that.voices[0].length
        && Arrays.equals(steps, that.steps);
  }

  @Override
  public int hashCode() {
    return 31 * topK + Arrays.hashCode(steps);
  }

  /** Biometric data stays out of logs. */
  @Override
  public String toString() {
    return "Cohort[" + voices[0].length + " x " + voices.length + "]";
  }
}
