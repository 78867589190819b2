package io.mt2kd.gateway.server.configuration;

import io.mt2kd.gateway.core.admission.AdmissionSettings;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much is let in, and of whom.
 *
 * @param maximumAudio admitted and not answered, padding included, 1 min to 24 h
 * @param batchShare of that, and of the time to its deadline, that a call of the batch class may
 *     count on, above 0 and at most 1
 * @param tenantWeights of tenants whose share is another than that of the rest, as {@code
 *     tenant=weight} with commas between; 1 for whom is not named
 */
public record AdmissionConfiguration(
    Duration maximumAudio, double batchShare, String tenantWeights) {
  private static final Duration LEAST_AUDIO = Duration.ofMinutes(1);
  private static final Duration MOST_AUDIO = Duration.ofHours(24);
  private static final String WEIGHTS =
      "tenant=weight with commas between, each weight 0.001 to 1000, for example acme=3,free=0.5";

  // After what its validation needs.
  public static final AdmissionConfiguration DEFAULT =
      new AdmissionConfiguration(
          AdmissionSettings.DEFAULT.maximumAudio(), AdmissionSettings.DEFAULT.batchShare(), "");

  public AdmissionConfiguration {
    Require.that(
        maximumAudio.compareTo(LEAST_AUDIO) >= 0 && maximumAudio.compareTo(MOST_AUDIO) <= 0,
        "admission.maximum-audio",
        maximumAudio,
        "1m to 24h");
    Require.that(
        batchShare > 0 && batchShare <= 1,
        "admission.batch-share",
        batchShare,
        "above 0 and at most 1");
    parse(tenantWeights);
  }

  /** The same as admission takes it. */
  public AdmissionSettings settings() {
    return new AdmissionSettings(maximumAudio, batchShare, parse(tenantWeights));
  }

  private static Map<TenantId, Double> parse(String text) {
    Map<TenantId, Double> weights = new LinkedHashMap<>();
    if (text.isBlank()) {
      return weights;
    }
    for (String entry : text.split(",", -1)) {
      String[] parts = entry.split("=", -1);
      Require.that(parts.length == 2, "admission.tenant-weights", text, WEIGHTS);
      double weight = weight(text, parts[1].strip());
      Require.that(
          weights.put(tenant(text, parts[0].strip()), weight) == null,
          "admission.tenant-weights",
          text,
          "each tenant once");
    }
    return weights;
  }

  private static TenantId tenant(String text, String name) {
    try {
      return new TenantId(name);
    } catch (InvalidArgumentException e) {
      throw new InvalidConfigurationException(
          "admission.tenant-weights: " + text + ": " + e.problem(), e);
    }
  }

  private static double weight(String text, String number) {
    double weight;
    try {
      weight = Double.parseDouble(number);
    } catch (NumberFormatException e) {
      weight = Double.NaN;
    }
    Require.that(weight >= 0.001 && weight <= 1000, "admission.tenant-weights", text, WEIGHTS);
    return weight;
  }
}
