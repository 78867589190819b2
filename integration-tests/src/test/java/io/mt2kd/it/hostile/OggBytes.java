package io.mt2kd.it.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Ogg pages with right checksums around whatever packets. */
final class OggBytes {
  private static final int BEGINS = 2;
  private static final int ENDS = 4;
  private static final int MOST_PACKETS = 255;

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private int sequence;

  private OggBytes() {}

  /** The beginning of a stream of another codec: its first packet on a page of its own. */
  static byte[] beginningWith(byte[] packet) {
    return new OggBytes().page(BEGINS | ENDS, 0, List.of(packet)).file.toByteArray();
  }

  /** Opus that stays silent: 120 ms in each packet of two bytes. */
  static byte[] opusSilence(int packets) {
    OggBytes ogg = new OggBytes();
    ogg.page(BEGINS, 0, List.of(opusHead(1)));
    ogg.page(0, 0, List.of(WavBytes.ascii("OpusTags\0\0\0\0\0\0\0\0")));
    // Code 3, constant rate, six frames of 20 ms without a byte of content.
    byte[] packet = {(byte) ((1 << 3) | 3), 6};
    for (int sent = 0; sent < packets; sent += MOST_PACKETS) {
      int count = Math.min(MOST_PACKETS, packets - sent);
      ogg.page(
          sent + count == packets ? ENDS : 0,
          (sent + count) * 5_760L,
          Collections.nCopies(count, packet));
    }
    return ogg.file.toByteArray();
  }

  /** The first packet of an Opus stream. */
  static byte[] opusHead(int channels) {
    return ByteBuffer.allocate(19)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(WavBytes.ascii("OpusHead"))
        .put((byte) 1)
        .put((byte) channels)
        .putShort((short) 0)
        .putInt(16_000)
        .array();
  }

  private OggBytes page(int flags, long granule, List<byte[]> packets) {
    int body = packets.stream().mapToInt(packet -> packet.length).sum();
    ByteBuffer page =
        ByteBuffer.allocate(27 + packets.size() + body).order(ByteOrder.LITTLE_ENDIAN);
    page.put(WavBytes.ascii("OggS")).put((byte) 0).put((byte) flags).putLong(granule);
    page.putInt(7).putInt(sequence++).putInt(0).put((byte) packets.size());
    packets.forEach(packet -> page.put((byte) packet.length));
    packets.forEach(page::put);
    page.putInt(22, crc(page.array()));
    file.writeBytes(page.array());
    return this;
  }

  private static int crc(byte[] bytes) {
    int crc = 0;
    for (byte each : bytes) {
      crc ^= each << 24;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc < 0 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
      }
    }
    return crc;
  }

  /** The same file with one bit of its last page turned. */
  static byte[] damaged(byte[] file) {
    byte[] copy = Arrays.copyOf(file, file.length);
    copy[copy.length - 1] ^= 1;
    return copy;
  }
}
