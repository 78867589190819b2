package io.mt2kd.gateway.audio.internal;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.Waveform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * How long a recording is, by what it says at its two ends.
 *
 * <ul>
 *   <li>Raw samples: bytes over bytes a second.
 *   <li>WAV: the same with the byte rate of a format chunk in its usual place.
 *   <li>FLAC: the number of samples in its first block.
 *   <li>Ogg: the position in its last page, which Opus counts at 48 kHz.
 * </ul>
 *
 * <p>Where that is missing it is taken for 16-bit mono at 16 kHz.
 */
public final class LengthEstimate {
  private static final double FALLBACK_BYTES_PER_SECOND = 2.0 * Waveform.SAMPLE_RATE_HERTZ;
  private static final int WAV_FORMAT_CHUNK = 12;
  private static final int WAV_BYTE_RATE = 28;
  private static final int FLAC_STREAM_INFO = 8;
  private static final int OGG_PAGE_HEADER = 27;
  private static final int LONGEST_OGG_PAGE = 65_307;
  private static final double OPUS_HERTZ = 48_000;

  private LengthEstimate() {}

  /** Samples at 16 kHz, not verified. */
  public static int samples(EncodedAudio audio) {
    ByteBuffer content = audio.content().slice();
    double seconds = seconds(audio, content);
    if (!(seconds > 0)) {
      seconds = content.limit() / FALLBACK_BYTES_PER_SECOND;
    }
    return (int) Math.min(Integer.MAX_VALUE, seconds * Waveform.SAMPLE_RATE_HERTZ);
  }

  private static double seconds(EncodedAudio audio, ByteBuffer content) {
    if (audio.encoding().isRaw()) {
      return raw(audio, content);
    }
    Optional<AudioEncoding> container = Container.of(content).flatMap(Container::encoding);
    if (container.isEmpty()) {
      return 0;
    }
    return switch (container.get()) {
      case WAV -> wav(content);
      case FLAC -> flac(content);
      default -> ogg(content);
    };
  }

  private static double raw(EncodedAudio audio, ByteBuffer content) {
    int bytes =
        switch (audio.encoding()) {
          case PCM_S16LE -> 2;
          case PCM_F32LE -> 4;
          default -> 1;
        };
    double bytesPerSecond =
        (double) bytes * audio.sampleRateHertz() * Math.max(1, audio.channelCount());
    return content.limit() / bytesPerSecond;
  }

  private static double wav(ByteBuffer content) {
    if (content.limit() < WAV_BYTE_RATE + 4 || !isAt(content, WAV_FORMAT_CHUNK, "fmt ")) {
      return 0;
    }
    long bytesPerSecond =
        Integer.toUnsignedLong(
            content.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(WAV_BYTE_RATE));
    return (double) content.limit() / bytesPerSecond;
  }

  private static double flac(ByteBuffer content) {
    int block = Container.offset(content) + FLAC_STREAM_INFO;
    if (content.limit() < block + 18) {
      return 0;
    }
    long packed = content.getLong(block + 10);
    return (double) (packed & 0xF_FFFF_FFFFL) / (packed >>> 44);
  }

  private static double ogg(ByteBuffer content) {
    int last = content.limit() - OGG_PAGE_HEADER;
    for (int at = last; at >= Math.max(0, last - LONGEST_OGG_PAGE); at--) {
      if (isAt(content, at, "OggS")) {
        long position = content.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong(at + 6);
        return position / OPUS_HERTZ;
      }
    }
    return 0;
  }

  private static boolean isAt(ByteBuffer content, int at, String magic) {
    for (int i = 0; i < magic.length(); i++) {
      if (content.get(at + i) != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
