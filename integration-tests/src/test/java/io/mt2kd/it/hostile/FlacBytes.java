package io.mt2kd.it.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Valid FLAC of silence, 16-bit mono at 16 kHz: each frame is one constant subframe, 13 to 15 bytes
 * that unpack to {@value #BLOCK} samples.
 */
final class FlacBytes {
  static final int BLOCK = 65_535;

  private FlacBytes() {}

  /**
   * So many frames of silence.
   *
   * @param totalSamples what the header announces; 0 leaves it open
   */
  static byte[] silence(int frames, long totalSamples) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(WavBytes.ascii("fLaC"));
    ByteBuffer info = ByteBuffer.allocate(38);
    info.put((byte) 0x80).put(new byte[] {0, 0, 34});
    info.putShort((short) BLOCK).putShort((short) BLOCK).put(new byte[6]);
    // 20 bits rate, 3 bits channels - 1, 5 bits bits - 1, 36 bits samples
    info.putLong((16_000L << 44) | (15L << 36) | totalSamples);
    file.writeBytes(info.array());
    for (int i = 0; i < frames; i++) {
      file.writeBytes(frame(i));
    }
    return file.toByteArray();
  }

  private static byte[] frame(int number) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    // Sync, fixed blocks; block size in 16 bits at the end, rate from the header; mono, 16 bits.
    frame.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xF8, 0x70, 0x08});
    frame.writeBytes(utf8(number));
    frame.write((BLOCK - 1) >> 8);
    frame.write(BLOCK - 1);
    frame.write(crc(frame.toByteArray(), 8, 0x07));
    // A constant subframe: its header and one value.
    frame.writeBytes(new byte[] {0, 0, 0});
    int crc = crc(frame.toByteArray(), 16, 0x8005);
    frame.write(crc >> 8);
    frame.write(crc);
    return frame.toByteArray();
  }

  private static byte[] utf8(int number) {
    return new String(Character.toChars(number)).getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private static int crc(byte[] bytes, int width, int polynomial) {
    int crc = 0;
    for (byte each : bytes) {
      crc ^= (each & 0xFF) << (width - 8);
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & (1 << (width - 1))) != 0 ? (crc << 1) ^ polynomial : crc << 1;
      }
    }
    return crc & ((1 << width) - 1);
  }
}
