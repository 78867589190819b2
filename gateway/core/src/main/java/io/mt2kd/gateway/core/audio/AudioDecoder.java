package io.mt2kd.gateway.core.audio;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;

/**
 * Port: from a recording as sent to a waveform as heard. Implementations are safe for concurrent
 * use.
 */
public interface AudioDecoder {
  /**
   * Decodes, mixes down to one channel and resamples to 16 kHz.
   *
   * <p>Stops reading as soon as the recording is longer than the limit, so that a small file cannot
   * unfold into a large waveform. The waveform may be a view of the content.
   *
   * @throws InvalidArgumentException when the recording cannot be read or its length is outside
   *     {@code limits}; the field is relative to the recording: {@code encoding}, {@code
   *     sample_rate_hertz}, {@code channel_count} or {@code content}
   */
  Waveform decode(EncodedAudio audio, LengthLimits limits);

  /**
   * How many samples at 16 kHz a recording probably has, by its size and its header: cheap, not
   * verified, and for what cannot be read any number. Never throws.
   */
  int estimateSamples(EncodedAudio audio);
}
