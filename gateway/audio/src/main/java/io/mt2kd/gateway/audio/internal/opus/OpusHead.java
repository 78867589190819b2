package io.mt2kd.gateway.audio.internal.opus;

import io.mt2kd.gateway.audio.internal.Malformed;
import java.nio.ByteBuffer;

/**
 * The identification header of a stream (RFC 7845, section 5.1).
 *
 * @param channelCount 1 or 2
 * @param preSkip samples at 48 kHz to drop at the beginning
 * @param inputSampleRateHertz rate of the sound before it was encoded; 0 when not known
 * @param gain factor to apply to every sample
 */
record OpusHead(int channelCount, int preSkip, long inputSampleRateHertz, double gain) {
  private static final int BYTES = 19;

  /**
   * Reads a packet that begins with {@code OpusHead}.
   *
   * @param packet little-endian
   * @throws io.mt2kd.gateway.core.failure.InvalidArgumentException on {@code content} for a header
   *     that is cut off, of another major version, or of another channel mapping than mono or
   *     stereo
   */
  static OpusHead parse(ByteBuffer packet) {
    if (packet.limit() < BYTES) {
      throw Malformed.content("Opus header of " + packet.limit() + " bytes", "at least " + BYTES);
    }
    int version = packet.get(8) & 0xFF;
    if (version >> 4 != 0) {
      throw Malformed.content("Opus header of version " + version, "0 to 15");
    }
    int channels = packet.get(9) & 0xFF;
    int mapping = packet.get(18) & 0xFF;
    if (mapping != 0) {
      throw Malformed.content(
          "Opus with channel mapping family " + mapping, "family 0, which is mono or stereo");
    }
    if (channels < 1 || channels > 2) {
      throw Malformed.content("Opus header with " + channels + " channels", "1 or 2");
    }
    return new OpusHead(
        channels,
        Short.toUnsignedInt(packet.getShort(10)),
        Integer.toUnsignedLong(packet.getInt(12)),
        Math.pow(10, packet.getShort(16) / (20.0 * 256)));
  }
}
