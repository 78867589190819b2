package io.mt2kd.gateway.audio.internal.pcm;

/**
 * The two companding laws of ITU-T G.711: sign, three bits of segment, four bits of position within
 * it.
 *
 * <p>&micro;-law (all bits inverted): {@code (2 position + 33) 2^segment - 33}, 14 bits. A-law
 * (every other bit inverted): {@code 2 position + 1} in segment 0, else {@code (2 position + 33)
 * 2^(segment - 1)}, 13 bits. Both are aligned to the top of 16 bits here.
 */
final class G711 {
  private G711() {}

  static int decodeMuLaw(byte code) {
    int bits = ~code;
    int magnitude = (((bits & 0x0F) * 2 + 33) << (bits >> 4 & 7)) - 33;
    return ((bits & 0x80) != 0 ? -magnitude : magnitude) * 4;
  }

  static int decodeALaw(byte code) {
    int bits = code ^ 0x55;
    int segment = bits >> 4 & 7;
    int position = (bits & 0x0F) * 2;
    int magnitude = segment == 0 ? position + 1 : (position + 33) << (segment - 1);
    return ((bits & 0x80) != 0 ? magnitude : -magnitude) * 8;
  }
}
