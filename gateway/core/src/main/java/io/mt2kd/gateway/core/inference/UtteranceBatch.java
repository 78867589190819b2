package io.mt2kd.gateway.core.inference;

import io.mt2kd.gateway.core.audio.Waveform;
import java.util.List;
import java.util.Set;

/**
 * What one call of the backend computes.
 *
 * @param id of the call, for logs on both sides
 * @param waveforms at least one, none longer than {@code paddedSamples}
 * @param paddedSamples length of the bucket: each waveform is padded with zeros up to it
 * @param heads that run, at least one
 */
public record UtteranceBatch(
    String id, List<Waveform> waveforms, int paddedSamples, Set<Head> heads) {
  public UtteranceBatch {
    waveforms = List.copyOf(waveforms);
    heads = Set.copyOf(heads);
    if (waveforms.isEmpty() || heads.isEmpty()) {
      throw new IllegalArgumentException(
          "batch of "
              + waveforms.size()
              + " waveforms and "
              + heads.size()
              + " heads (expected: >= 1)");
    }
    for (Waveform waveform : waveforms) {
      if (waveform.sampleCount() > paddedSamples) {
        throw new IllegalArgumentException(
            "waveform of "
                + waveform.sampleCount()
                + " samples (expected: <= "
                + paddedSamples
                + ")");
      }
    }
  }
}
