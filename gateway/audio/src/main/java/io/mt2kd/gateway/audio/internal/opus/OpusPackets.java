package io.mt2kd.gateway.audio.internal.opus;

import io.mt2kd.gateway.audio.internal.Malformed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Joins the segments of one stream's pages to packets.
 *
 * <p>A packet larger than 61,440 bytes is refused (RFC 7845, section 6) unless it is stepped over,
 * so that memory stays small whatever the lacing says. One use, one thread.
 */
final class OpusPackets {
  private static final int LARGEST_PACKET = 61_440;

  private byte[] pending = new byte[4096];
  private int pendingSize;
  private boolean open;
  private boolean stepping;
  private int nextSequence;

  /**
   * @param firstSequence number of the first page that will be taken
   * @param stepOver whether the first packet is to be left out, whatever its size
   */
  OpusPackets(int firstSequence, boolean stepOver) {
    nextSequence = firstSequence;
    stepping = stepOver;
  }

  /**
   * The packets that end on this page.
   *
   * @throws io.mt2kd.gateway.core.failure.InvalidArgumentException on {@code content} where a page
   *     is missing before this one
   */
  List<byte[]> take(OggPage page) {
    if (page.sequence() != nextSequence++ || page.continued() != open) {
      throw Malformed.content(
          "Ogg with a gap before the page that ends at byte " + page.end(), "every page");
    }
    List<byte[]> complete = new ArrayList<>();
    ByteBuffer body = page.body().duplicate();
    for (int i = 0; i < page.lacing().limit(); i++) {
      int size = page.lacing().get(i) & 0xFF;
      append(body, size);
      open = size == 255;
      if (!open) {
        if (!stepping) {
          complete.add(Arrays.copyOf(pending, pendingSize));
        }
        stepping = false;
        pendingSize = 0;
      }
    }
    return complete;
  }

  /** Whether the first packet, the one to be stepped over, has not ended yet. */
  boolean isStepping() {
    return stepping;
  }

  /** Whether the last page ended inside a packet. */
  boolean isOpen() {
    return open;
  }

  private void append(ByteBuffer body, int size) {
    if (stepping) {
      body.position(body.position() + size);
      return;
    }
    if (pendingSize + size > LARGEST_PACKET) {
      throw Malformed.content(
          "Opus packet of more than " + LARGEST_PACKET + " bytes", "at most as many");
    }
    if (pendingSize + size > pending.length) {
      pending = Arrays.copyOf(pending, Math.max(2 * pending.length, pendingSize + size));
    }
    body.get(pending, pendingSize, size);
    pendingSize += size;
  }
}
