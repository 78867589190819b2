package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchedUtterance;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import java.time.Duration;

/**
 * One recording after the model has heard it.
 *
 * @param waveform as decoded
 * @param decodeTime of decoding and resampling
 * @param batched what came back, and what it cost
 */
public record HeardUtterance(Waveform waveform, Duration decodeTime, BatchedUtterance batched) {

  /** The model that heard it, which may not be the one that was there when it was decoded. */
  public ServedModel model() {
    return batched.model();
  }

  /** What the heads said. */
  public UtteranceOutput output() {
    return batched.output();
  }
}
