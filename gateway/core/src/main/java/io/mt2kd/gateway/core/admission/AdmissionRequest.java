package io.mt2kd.gateway.core.admission;

import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.util.List;

/**
 * A call that asks to be let in: as a whole or not at all.
 *
 * @param tenant on whose behalf
 * @param priority how soon the answer is wanted
 * @param model that is to hear it
 * @param sampleCounts of its recordings at 16 kHz, at least one, as far as they are known; taken as
 *     within the model's limits
 * @param deadlineNanos when the answer is of no use any more
 */
public record AdmissionRequest(
    TenantId tenant,
    Priority priority,
    ServedModel model,
    List<Integer> sampleCounts,
    long deadlineNanos) {
  public AdmissionRequest {
    sampleCounts = List.copyOf(sampleCounts);
    if (sampleCounts.isEmpty()) {
      throw new IllegalArgumentException("sampleCounts: none (expected: at least one)");
    }
  }

  /** The same once the recordings have been decoded. */
  AdmissionRequest withSampleCounts(List<Integer> decoded) {
    return new AdmissionRequest(tenant, priority, model, decoded, deadlineNanos);
  }

  /** What each recording is padded to. */
  List<Integer> bucketSamples() {
    LengthLimits limits = model.manifest().lengthLimits();
    return sampleCounts.stream()
        .map(
            count ->
                model
                    .manifest()
                    .bucketSamples(
                        Math.max(
                            limits.minimumSamples(), Math.min(count, limits.maximumSamples()))))
        .toList();
  }
}
