package io.mt2kd.gateway.core.inference;

import io.mt2kd.gateway.core.audio.Waveform;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;

/**
 * What one call of the backend computes.
 *
 * @param id of the call, for logs on both sides
 * @param waveforms at least one, none longer than {@code paddedSamples}
 * @param paddedSamples that each waveform is padded to with zeros
 * @param heads that run, at least one
 * @param timeLimit from now on, after which nobody waits for the answer: the backend tries nothing
 *     more for it then
 * @param traceParent the trace that it belongs to, as a W3C {@code traceparent}; empty for none
 */
public record UtteranceBatch(
    String id,
    List<Waveform> waveforms,
    int paddedSamples,
    Set<Head> heads,
    Duration timeLimit,
    String traceParent) {
  /** Somebody waits for ever. */
  public static final Duration NO_TIME_LIMIT = ChronoUnit.FOREVER.getDuration();

  /** In no trace. */
  public UtteranceBatch(
      String id, List<Waveform> waveforms, int paddedSamples, Set<Head> heads, Duration timeLimit) {
    this(id, waveforms, paddedSamples, heads, timeLimit, "");
  }

  /** Without a time limit. */
  public UtteranceBatch(String id, List<Waveform> waveforms, int paddedSamples, Set<Head> heads) {
    this(id, waveforms, paddedSamples, heads, NO_TIME_LIMIT);
  }

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

  /** Length of the waveforms together, without padding. */
  public long samples() {
    long samples = 0;
    for (Waveform waveform : waveforms) {
      samples += waveform.sampleCount();
    }
    return samples;
  }

  /** The same in another trace. */
  public UtteranceBatch tracedBy(String other) {
    return other.equals(traceParent)
        ? this
        : new UtteranceBatch(id, waveforms, paddedSamples, heads, timeLimit, other);
  }
}
