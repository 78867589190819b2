package io.mt2kd.gateway.audio.internal.opus;

import io.mt2kd.gateway.audio.internal.Malformed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One page of an Ogg bitstream (RFC 3533).
 *
 * @param flags see {@link #continued}, {@link #beginsStream}, {@link #endsStream}
 * @param granulePosition of the last packet that ends on this page; -1 when none does
 * @param serial which of the streams
 * @param sequence number of the page within its stream
 * @param lacing sizes of the segments, one unsigned byte each; less than 255 ends a packet
 * @param body the segments
 * @param end offset of the byte after the page
 */
record OggPage(
    int flags,
    long granulePosition,
    int serial,
    int sequence,
    ByteBuffer lacing,
    ByteBuffer body,
    int end) {

  private static final int CAPTURE_PATTERN = 'O' | 'g' << 8 | 'g' << 16 | 'S' << 24;
  private static final int HEADER_BYTES = 27;
  private static final int CHECKSUM_AT = 22;

  /** Whether a page begins here. */
  static boolean isAt(ByteBuffer content, int at) {
    return content.limit() - at >= Integer.BYTES && content.getInt(at) == CAPTURE_PATTERN;
  }

  /**
   * Reads the page that begins at {@code at}.
   *
   * @param content little-endian
   * @throws io.mt2kd.gateway.core.failure.InvalidArgumentException on {@code content} where the
   *     page is cut off or its checksum is wrong
   */
  static OggPage parse(ByteBuffer content, int at) {
    if (content.limit() - at < HEADER_BYTES) {
      throw cutOff(at);
    }
    if (content.get(at + 4) != 0) {
      throw Malformed.content("Ogg page of version " + (content.get(at + 4) & 0xFF), "0");
    }
    int segments = content.get(at + 26) & 0xFF;
    int bodyAt = at + HEADER_BYTES + segments;
    if (bodyAt > content.limit()) {
      throw cutOff(at);
    }
    int end = bodyAt;
    for (int i = at + HEADER_BYTES; i < bodyAt; i++) {
      end += content.get(i) & 0xFF;
    }
    if (end > content.limit()) {
      throw cutOff(at);
    }
    if (OggChecksum.of(content, at, end, at + CHECKSUM_AT) != content.getInt(at + CHECKSUM_AT)) {
      throw Malformed.content(
          "Ogg page at byte " + at + " with a wrong checksum", "undamaged pages");
    }
    return new OggPage(
        content.get(at + 5),
        content.getLong(at + 6),
        content.getInt(at + 14),
        content.getInt(at + 18),
        content.slice(at + HEADER_BYTES, segments),
        content.slice(bodyAt, end - bodyAt).order(ByteOrder.LITTLE_ENDIAN),
        end);
  }

  /** Whether the first segment goes on with a packet of the page before. */
  boolean continued() {
    return (flags & 1) != 0;
  }

  boolean beginsStream() {
    return (flags & 2) != 0;
  }

  boolean endsStream() {
    return (flags & 4) != 0;
  }

  private static RuntimeException cutOff(int at) {
    return Malformed.content("Ogg that ends inside its page at byte " + at, "whole pages");
  }
}
