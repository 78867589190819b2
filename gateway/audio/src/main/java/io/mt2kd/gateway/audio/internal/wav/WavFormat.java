package io.mt2kd.gateway.audio.internal.wav;

import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.audio.internal.pcm.SampleFormat;
import java.nio.ByteBuffer;

/**
 * The {@code fmt } chunk: how the samples are written.
 *
 * @param samples the form of one sample
 * @param channelCount as written, not verified
 * @param sampleRateHertz as written, not verified
 */
record WavFormat(SampleFormat samples, int channelCount, long sampleRateHertz) {
  private static final int BASIC_BYTES = 16;
  private static final int EXTENSIBLE_BYTES = 40;

  private static final int PCM = 0x0001;
  private static final int IEEE_FLOAT = 0x0003;
  private static final int ALAW = 0x0006;
  private static final int MULAW = 0x0007;
  private static final int EXTENSIBLE = 0xFFFE;

  /**
   * Bytes 2-15 of every sub-format that wraps a plain format code:
   * xxxx0000-0000-0010-8000-00AA00389B71.
   */
  private static final long GUID_MIDDLE = 0x0010_0000_0000L;

  private static final long GUID_END = 0x719B_3800_AA00_0080L;

  /**
   * Reads the chunk's content, a little-endian buffer.
   *
   * @throws io.mt2kd.gateway.core.failure.InvalidArgumentException on {@code content} where the
   *     fields contradict each other or name a format that is not read
   */
  static WavFormat parse(ByteBuffer chunk) {
    if (chunk.remaining() < BASIC_BYTES) {
      throw Malformed.content(
          "WAV format chunk of " + chunk.remaining() + " bytes", "at least " + BASIC_BYTES);
    }
    int start = chunk.position();
    int code = unsignedShort(chunk, start);
    int channels = unsignedShort(chunk, start + 2);
    long rate = Integer.toUnsignedLong(chunk.getInt(start + 4));
    long byteRate = Integer.toUnsignedLong(chunk.getInt(start + 8));
    int blockAlign = unsignedShort(chunk, start + 12);
    int bits = unsignedShort(chunk, start + 14);
    SampleFormat samples = sampleFormat(code == EXTENSIBLE ? subFormat(chunk, bits) : code, bits);
    if (blockAlign != channels * samples.bytes()) {
      throw Malformed.content(
          "WAV header with block align " + blockAlign,
          channels * samples.bytes() + " for " + channels + " channels of " + bits + " bits");
    }
    if (byteRate != rate * blockAlign) {
      throw Malformed.content(
          "WAV header with " + byteRate + " bytes a second",
          rate * blockAlign + " at " + rate + " Hz");
    }
    return new WavFormat(samples, channels, rate);
  }

  private static int subFormat(ByteBuffer chunk, int bits) {
    int start = chunk.position();
    if (chunk.remaining() < EXTENSIBLE_BYTES) {
      throw Malformed.content(
          "extensible WAV format chunk of " + chunk.remaining() + " bytes",
          "at least " + EXTENSIBLE_BYTES);
    }
    int validBits = unsignedShort(chunk, start + 18);
    if (validBits > bits) {
      throw Malformed.content(
          "WAV header with " + validBits + " valid bits in " + bits, "0 to " + bits);
    }
    if (chunk.getLong(start + 24) >>> 16 != GUID_MIDDLE || chunk.getLong(start + 32) != GUID_END) {
      throw Malformed.content("WAV with a sub-format of its own", READABLE);
    }
    return unsignedShort(chunk, start + 24);
  }

  private static final String READABLE =
      "PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits, mu-law or A-law";

  private static SampleFormat sampleFormat(int code, int bits) {
    SampleFormat format =
        switch (code) {
          case PCM ->
              switch (bits) {
                case 8 -> SampleFormat.U8;
                case 16 -> SampleFormat.S16;
                case 24 -> SampleFormat.S24;
                case 32 -> SampleFormat.S32;
                default -> null;
              };
          case IEEE_FLOAT ->
              switch (bits) {
                case 32 -> SampleFormat.F32;
                case 64 -> SampleFormat.F64;
                default -> null;
              };
          case MULAW -> bits == 8 ? SampleFormat.MULAW : null;
          case ALAW -> bits == 8 ? SampleFormat.ALAW : null;
          default -> null;
        };
    if (format == null) {
      throw Malformed.content("WAV with " + codecName(code) + " of " + bits + " bits", READABLE);
    }
    return format;
  }

  private static String codecName(int code) {
    return switch (code) {
      case PCM -> "PCM";
      case IEEE_FLOAT -> "float";
      case MULAW -> "mu-law";
      case ALAW -> "A-law";
      case 0x0002 -> "Microsoft ADPCM";
      case 0x0011 -> "IMA ADPCM";
      case 0x0031 -> "GSM 6.10";
      case 0x0050 -> "MPEG audio";
      case 0x0055 -> "MP3";
      case 0x00FF, 0x1610 -> "AAC";
      default -> String.format("format 0x%04X", code);
    };
  }

  private static int unsignedShort(ByteBuffer bytes, int at) {
    return Short.toUnsignedInt(bytes.getShort(at));
  }
}
