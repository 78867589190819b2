package io.mt2kd.gateway.audio.internal.flac;

import io.mt2kd.gateway.audio.internal.Malformed;
import java.nio.ByteBuffer;

/**
 * The head of a FLAC stream: the first metadata block, and where the audio frames begin.
 *
 * <p>The other metadata blocks (tags, pictures, seek tables) are stepped over by their length here
 * and never shown to the decoder library, which allocates by the lengths written inside them.
 *
 * @param minBlockSize samples of one channel in a frame, at least
 * @param maxBlockSize samples of one channel in a frame, at most
 * @param sampleRateHertz as written, not verified
 * @param channelCount 1 to 8
 * @param bitsPerSample 4 to 24
 * @param totalSamples of one channel; 0 when the writer did not know
 * @param block the block's 34 bytes
 * @param frames everything after the metadata
 */
record FlacStreamInfo(
    int minBlockSize,
    int maxBlockSize,
    int sampleRateHertz,
    int channelCount,
    int bitsPerSample,
    long totalSamples,
    ByteBuffer block,
    ByteBuffer frames) {

  static final int BLOCK_BYTES = 34;
  private static final int MAGIC_BYTES = 4;
  private static final int BLOCK_HEADER_BYTES = 4;
  private static final int SMALLEST_BLOCK_SIZE = 16;

  /**
   * Reads a stream that begins with {@code fLaC}.
   *
   * @throws io.mt2kd.gateway.core.failure.InvalidArgumentException on {@code content} where the
   *     metadata is cut off or out of the format's ranges
   */
  static FlacStreamInfo parse(ByteBuffer stream) {
    int first = MAGIC_BYTES + BLOCK_HEADER_BYTES;
    if (stream.limit() < first + BLOCK_BYTES) {
      throw Malformed.content(
          "FLAC header of " + stream.limit() + " bytes", "at least " + (first + BLOCK_BYTES));
    }
    if ((stream.get(MAGIC_BYTES) & 0x7F) != 0 || blockLength(stream, MAGIC_BYTES) != BLOCK_BYTES) {
      throw Malformed.content("FLAC without its stream information first", "a STREAMINFO block");
    }
    long packed = stream.getLong(first + 10);
    FlacStreamInfo info =
        new FlacStreamInfo(
            Short.toUnsignedInt(stream.getShort(first)),
            Short.toUnsignedInt(stream.getShort(first + 2)),
            (int) (packed >>> 44),
            (int) (packed >>> 41 & 7) + 1,
            (int) (packed >>> 36 & 31) + 1,
            packed & 0xF_FFFF_FFFFL,
            stream.slice(first, BLOCK_BYTES),
            frames(stream));
    info.requireRanges();
    return info;
  }

  private void requireRanges() {
    if (minBlockSize < SMALLEST_BLOCK_SIZE || maxBlockSize < minBlockSize) {
      throw Malformed.content(
          "FLAC header with blocks of " + minBlockSize + " to " + maxBlockSize + " samples",
          "16 to 65535, the smallest first");
    }
    if (bitsPerSample < 4 || bitsPerSample > 24) {
      throw Malformed.content("FLAC of " + bitsPerSample + " bits", "4 to 24 bits");
    }
  }

  private static ByteBuffer frames(ByteBuffer stream) {
    long at = MAGIC_BYTES;
    boolean last = false;
    while (!last) {
      if (at + BLOCK_HEADER_BYTES > stream.limit()) {
        throw Malformed.content("FLAC that ends inside its metadata", "audio frames");
      }
      int header = (int) at;
      last = stream.get(header) < 0;
      at += BLOCK_HEADER_BYTES + blockLength(stream, header);
    }
    if (at >= stream.limit()) {
      throw Malformed.content("FLAC that ends with its metadata", "audio frames");
    }
    return stream.slice((int) at, stream.limit() - (int) at);
  }

  private static int blockLength(ByteBuffer stream, int header) {
    return stream.getInt(header) & 0xFF_FFFF;
  }
}
