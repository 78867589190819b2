package io.mt2kd.gateway.store;

import io.mt2kd.gateway.core.speaker.Voiceprint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Voiceprints as stored: float32, little-endian, one after the other; bit for bit both ways. */
final class VoiceprintBytes {
  private VoiceprintBytes() {}

  static byte[] encode(Voiceprint voiceprint) {
    byte[] bytes = new byte[voiceprint.size() * Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(voiceprint.values());
    return bytes;
  }

  /**
   * @throws IllegalArgumentException when the bytes are no voiceprint
   */
  static Voiceprint decode(byte[] bytes) {
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return Voiceprint.ofUnit(values);
  }
}
