package io.mt2kd.gateway.core.audio;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;

/**
 * A recording as the caller sent it; nothing about it is verified yet.
 *
 * @param encoding how to read the bytes
 * @param sampleRateHertz what the caller said; 0 when it said nothing
 * @param channelCount what the caller said; 0 when it said nothing
 * @param content the bytes, from position to limit; never written to, may be direct
 */
public record EncodedAudio(
    AudioEncoding encoding, int sampleRateHertz, int channelCount, ByteBuffer content) {
  public EncodedAudio {
    requireNonNull(encoding, "encoding");
    // Not a read-only view: that hides the array, of which a waveform may be a view in its turn.
    content = content.duplicate();
  }

  /** A view of the bytes with a position of its own. */
  @Override
  public ByteBuffer content() {
    return content.duplicate();
  }
}
