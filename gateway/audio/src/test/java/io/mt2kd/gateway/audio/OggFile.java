package io.mt2kd.gateway.audio;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes Ogg pages and takes them apart, with checksums of its own. */
final class OggFile {
  static final int CONTINUED = 1;
  static final int FIRST = 2;
  static final int LAST = 4;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int sequence;

  /** The pages of a file, each a copy. */
  static List<byte[]> pages(byte[] file) {
    List<byte[]> pages = new ArrayList<>();
    for (int at = 0; at < file.length; ) {
      int segments = file[at + 26] & 0xFF;
      int size = 27 + segments;
      for (int i = 0; i < segments; i++) {
        size += file[at + 27 + i] & 0xFF;
      }
      pages.add(java.util.Arrays.copyOfRange(file, at, at + size));
      at += size;
    }
    return pages;
  }

  /** The packets of a file whose packets are smaller than its pages. */
  static List<byte[]> packets(byte[] file) {
    List<byte[]> packets = new ArrayList<>();
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    for (byte[] page : pages(file)) {
      int segments = page[26] & 0xFF;
      int at = 27 + segments;
      for (int i = 0; i < segments; i++) {
        int size = page[27 + i] & 0xFF;
        packet.write(page, at, size);
        at += size;
        if (size < 255) {
          packets.add(packet.toByteArray());
          packet.reset();
        }
      }
    }
    return packets;
  }

  static byte[] join(List<byte[]> pages) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    pages.forEach(all::writeBytes);
    return all.toByteArray();
  }

  static byte[] head(int version, int channels, int preSkip, int gain, int mapping) {
    ByteBuffer head = ByteBuffer.allocate(19).order(ByteOrder.LITTLE_ENDIAN);
    head.put("OpusHead".getBytes(StandardCharsets.US_ASCII))
        .put((byte) version)
        .put((byte) channels);
    head.putShort((short) preSkip).putInt(16_000).putShort((short) gain).put((byte) mapping);
    return head.array();
  }

  static byte[] head() {
    return head(1, 1, 312, 0, 0);
  }

  static byte[] tags() {
    ByteBuffer tags = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    return tags.put("OpusTags".getBytes(StandardCharsets.US_ASCII)).array();
  }

  /** Adds a page with these whole packets. */
  OggFile page(int flags, long granule, int serial, byte[]... packets) {
    ByteArrayOutputStream lacing = new ByteArrayOutputStream();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] packet : packets) {
      for (int left = packet.length; left >= 0; left -= 255) {
        lacing.write(Math.min(left, 255));
      }
      body.writeBytes(packet);
    }
    return rawPage(flags, granule, serial, lacing.toByteArray(), body.toByteArray());
  }

  /** Adds a page with this lacing. */
  OggFile rawPage(int flags, long granule, int serial, byte[] lacing, byte[] body) {
    ByteBuffer page = ByteBuffer.allocate(27 + lacing.length + body.length);
    page.order(ByteOrder.LITTLE_ENDIAN).put("OggS".getBytes(StandardCharsets.US_ASCII));
    page.put((byte) 0)
        .put((byte) flags)
        .putLong(granule)
        .putInt(serial)
        .putInt(sequence++)
        .putInt(0);
    page.put((byte) lacing.length).put(lacing).put(body);
    out.writeBytes(sealed(page.array()));
    return this;
  }

  OggFile raw(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  OggFile sequence(int next) {
    sequence = next;
    return this;
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  /** The page with its right checksum. */
  static byte[] sealed(byte[] page) {
    byte[] sealed = page.clone();
    ByteBuffer buffer = ByteBuffer.wrap(sealed).order(ByteOrder.LITTLE_ENDIAN).putInt(22, 0);
    int checksum = 0;
    for (byte value : sealed) {
      checksum ^= value << 24;
      for (int bit = 0; bit < 8; bit++) {
        checksum = checksum < 0 ? checksum << 1 ^ 0x04C1_1DB7 : checksum << 1;
      }
    }
    buffer.putInt(22, checksum);
    return sealed;
  }
}
