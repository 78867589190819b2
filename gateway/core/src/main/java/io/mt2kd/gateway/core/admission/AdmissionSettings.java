package io.mt2kd.gateway.core.admission;

import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.Map;

/**
 * How much is let in, and of whom.
 *
 * @param maximumAudio admitted and not answered, padding included, > 0; a minute of it is 1.9 MB of
 *     decoded samples
 * @param batchShare of the room and of its own time that a call of the batch class may count on,
 *     above 0 and at most 1
 * @param tenantWeights of those that are to have another share than the rest, each > 0; 1 for whom
 *     is not named
 */
public record AdmissionSettings(
    Duration maximumAudio, double batchShare, Map<TenantId, Double> tenantWeights) {
  public static final AdmissionSettings DEFAULT =
      new AdmissionSettings(Duration.ofHours(1), 0.5, Map.of());

  public AdmissionSettings {
    if (maximumAudio.isNegative() || maximumAudio.isZero()) {
      throw new IllegalArgumentException("maximumAudio: " + maximumAudio + " (expected: > 0)");
    }
    if (!(batchShare > 0 && batchShare <= 1)) {
      throw new IllegalArgumentException(
          "batchShare: " + batchShare + " (expected: above 0 and at most 1)");
    }
    tenantWeights = Map.copyOf(tenantWeights);
    tenantWeights.forEach(
        (tenant, weight) -> {
          if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                "tenantWeights." + tenant + ": " + weight + " (expected: > 0)");
          }
        });
  }
}
