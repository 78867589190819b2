package io.mt2kd.gateway.audio.internal.wav;

import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.audio.internal.StreamShape;
import io.mt2kd.gateway.audio.internal.pcm.PcmReader;
import io.mt2kd.gateway.audio.internal.resample.WindowedSinc;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Reads RIFF/WAVE, and its 64-bit forms RF64 and BW64.
 *
 * <p>Chunks are walked from the start, in any order, until {@code data}; odd sizes are padded.
 * Nothing after {@code data} matters. What the sizes may say:
 *
 * <ul>
 *   <li>The size of the whole file is not believed and not needed.
 *   <li>The size of {@code data} holds exactly. Larger than the content means that the recording
 *       was cut off, which is refused; a partial last frame as well.
 *   <li>Except for what a writer leaves that could not seek back: 0 (where the file's size is not
 *       true either) and 0x7FFFF000 or more, in which case the samples go on to the end of the
 *       content.
 *   <li>In the 64-bit forms 0xFFFFFFFF stands for the size in {@code ds64}.
 *   <li>Block align and byte rate must follow from the other fields.
 * </ul>
 */
public final class WavReader {
  private static final int RIFF_HEADER_BYTES = 12;
  private static final int CHUNK_HEADER_BYTES = 8;
  private static final long UNKNOWN = 0xFFFF_FFFFL;

  /**
   * What sox leaves in place of a size that it never learnt; other writers leave larger numbers.
   */
  private static final long SMALLEST_PLACEHOLDER = 0x7FFF_F000L;

  private final EncodedAudio audio;
  private final ByteBuffer content;
  private final long fileSize;
  private @Nullable WavFormat format;
  private long size64 = UNKNOWN;

  private WavReader(EncodedAudio audio) {
    this.audio = audio;
    content = audio.content().slice().order(ByteOrder.LITTLE_ENDIAN);
    if (content.remaining() < RIFF_HEADER_BYTES) {
      throw Malformed.content(
          "WAV header of " + content.remaining() + " bytes", "at least 44 bytes");
    }
    fileSize = unsignedInt(4) + CHUNK_HEADER_BYTES;
  }

  /**
   * Decodes a recording that begins with {@code RIFF}, {@code RF64} or {@code BW64}.
   *
   * @throws io.mt2kd.gateway.core.failure.InvalidArgumentException as {@link
   *     io.mt2kd.gateway.core.audio.AudioDecoder#decode} does
   */
  public static Waveform read(EncodedAudio audio, WindowedSinc filter, LengthLimits limits) {
    WavReader reader = new WavReader(audio);
    ByteBuffer data = reader.findData();
    WavFormat format = reader.format;
    if (format == null) {
      throw Malformed.content(
          "WAV with samples before their format", "a fmt chunk, then a data chunk");
    }
    StreamShape shape =
        StreamShape.declared("WAV", format.sampleRateHertz(), format.channelCount(), audio);
    return PcmReader.read(data, format.samples(), shape, filter, limits);
  }

  private ByteBuffer findData() {
    long at = RIFF_HEADER_BYTES;
    while (at + CHUNK_HEADER_BYTES <= content.limit()) {
      int start = (int) at + CHUNK_HEADER_BYTES;
      long size = unsignedInt((int) at + 4);
      switch (content.getInt((int) at)) {
        case ChunkId.DATA -> {
          return samples(start, size);
        }
        case ChunkId.FMT -> {
          if (format != null) {
            throw Malformed.content("WAV with two format chunks", "one");
          }
          format = WavFormat.parse(chunk(start, size, "format"));
        }
        case ChunkId.DS64 -> {
          ByteBuffer sizes = chunk(start, size, "ds64");
          if (sizes.remaining() < 16) {
            throw Malformed.content("ds64 chunk of " + size + " bytes", "at least 16");
          }
          size64 = sizes.getLong(start + 8);
        }
        default -> {}
      }
      at = start + size + (size & 1);
    }
    throw Malformed.content("WAV without samples in " + content.limit() + " bytes", "a data chunk");
  }

  private ByteBuffer samples(int start, long announced) {
    int present = content.limit() - start;
    long size = isWide() && announced == UNKNOWN ? size64 : announced;
    boolean placeholder =
        size == 0 ? fileSize != content.limit() : size >= SMALLEST_PLACEHOLDER && size <= UNKNOWN;
    if (placeholder && (size == 0 || size > present)) {
      size = present;
    }
    if (size < 0 || size > present) {
      throw Malformed.content(
          "WAV with "
              + present
              + " bytes of samples where its header announces "
              + Long.toUnsignedString(size),
          "all of them: the recording is cut off or its header is wrong");
    }
    return content.slice(start, (int) size);
  }

  private ByteBuffer chunk(int start, long size, String name) {
    if (size > content.limit() - start) {
      throw Malformed.content(
          "WAV that ends inside its " + name + " chunk of " + size + " bytes", "a whole chunk");
    }
    return content
        .duplicate()
        .order(ByteOrder.LITTLE_ENDIAN)
        .limit(start + (int) size)
        .position(start);
  }

  private boolean isWide() {
    int id = content.getInt(0);
    return id == ChunkId.RF64 || id == ChunkId.BW64;
  }

  private long unsignedInt(int at) {
    return Integer.toUnsignedLong(content.getInt(at));
  }

  /** Names of chunks as little-endian numbers. */
  private static final class ChunkId {
    static final int RF64 = 'R' | 'F' << 8 | '6' << 16 | '4' << 24;
    static final int BW64 = 'B' | 'W' << 8 | '6' << 16 | '4' << 24;
    static final int FMT = 'f' | 'm' << 8 | 't' << 16 | ' ' << 24;
    static final int DATA = 'd' | 'a' << 8 | 't' << 16 | 'a' << 24;
    static final int DS64 = 'd' | 's' << 8 | '6' << 16 | '4' << 24;

    private ChunkId() {}
  }
}
