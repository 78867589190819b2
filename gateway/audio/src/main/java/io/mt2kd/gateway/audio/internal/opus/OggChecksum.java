package io.mt2kd.gateway.audio.internal.opus;

import java.nio.ByteBuffer;

/**
 * The CRC-32 of Ogg pages: polynomial 0x04C11DB7, most significant bit first, no inversion (RFC
 * 3533).
 */
final class OggChecksum {
  private static final int POLYNOMIAL = 0x04C1_1DB7;
  private static final int[] TABLE = table();

  private OggChecksum() {}

  /** Checksum of the bytes {@code from .. to - 1}, with the four at {@code field} taken as zero. */
  static int of(ByteBuffer bytes, int from, int to, int field) {
    int checksum = 0;
    for (int i = from; i < to; i++) {
      int value = i >= field && i < field + Integer.BYTES ? 0 : bytes.get(i);
      checksum = checksum << 8 ^ TABLE[(checksum >>> 24 ^ value) & 0xFF];
    }
    return checksum;
  }

  private static int[] table() {
    int[] table = new int[256];
    for (int i = 0; i < table.length; i++) {
      int entry = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        entry = entry < 0 ? entry << 1 ^ POLYNOMIAL : entry << 1;
      }
      table[i] = entry;
    }
    return table;
  }
}
