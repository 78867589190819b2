package io.mt2kd.gateway.audio.internal;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a recording is, by its first bytes; those that are not read are told apart to say what they
 * are.
 */
public enum Container {
  WAV("WAV", AudioEncoding.WAV),
  FLAC("FLAC", AudioEncoding.FLAC),
  OGG("Ogg", AudioEncoding.OGG_OPUS),
  BIG_ENDIAN_WAV("big-endian WAV (RIFX)", null),
  SONY_WAVE64("Sony Wave64", null),
  AVI("AVI", null),
  MP3("MP3", null),
  AAC("AAC (ADTS)", null),
  MP4("MP4 or M4A", null),
  MATROSKA("WebM or Matroska", null),
  AIFF("AIFF", null),
  AU("AU", null),
  AMR("AMR", null),
  CAF("Core Audio", null),
  ASF("WMA", null),
  ZIP("a ZIP archive", null),
  GZIP("a gzip file", null);

  private final String title;
  private final @Nullable AudioEncoding encoding;

  Container(String title, @Nullable AudioEncoding encoding) {
    this.title = title;
    this.encoding = encoding;
  }

  /** Its name in messages. */
  public String title() {
    return title;
  }

  /** The encoding that it is read as; empty where it is not read. */
  public Optional<AudioEncoding> encoding() {
    return Optional.ofNullable(encoding);
  }

  /**
   * The container that the content begins like; empty where no rule fits. An ID3v2 tag before FLAC
   * is looked over.
   */
  public static Optional<Container> of(ByteBuffer content) {
    return Optional.ofNullable(byMagic(content.slice()));
  }

  /**
   * Offset of the container itself: after the ID3v2 tag that some programs put before FLAC, else 0.
   */
  public static int offset(ByteBuffer content) {
    ByteBuffer bytes = content.slice();
    long end = id3End(bytes);
    return end > 0 && end <= bytes.limit() - 4 && is(bytes, (int) end, "fLaC") ? (int) end : 0;
  }

  private static @Nullable Container byMagic(ByteBuffer bytes) {
    if (is(bytes, 0, "RIFF") || is(bytes, 0, "RF64") || is(bytes, 0, "BW64")) {
      return is(bytes, 8, "AVI ") ? AVI : bytes.limit() < 12 || is(bytes, 8, "WAVE") ? WAV : null;
    } else if (is(bytes, 0, "fLaC") || offset(bytes) > 0) {
      return FLAC;
    } else if (is(bytes, 0, "OggS")) {
      return OGG;
    } else if (is(bytes, 0, "RIFX")) {
      return BIG_ENDIAN_WAV;
    } else if (is(bytes, 0, "riff\u002e\u0091\u00cf\u0011")) {
      return SONY_WAVE64;
    } else if (is(bytes, 0, "ID3")) {
      return MP3;
    } else if (is(bytes, 4, "ftyp")) {
      return MP4;
    } else if (is(bytes, 0, "\u001a\u0045\u00df\u00a3")) {
      return MATROSKA;
    } else if (is(bytes, 0, "FORM") && (is(bytes, 8, "AIFF") || is(bytes, 8, "AIFC"))) {
      return AIFF;
    } else if (is(bytes, 0, ".snd")) {
      return AU;
    } else if (is(bytes, 0, "#!AMR")) {
      return AMR;
    } else if (is(bytes, 0, "caff")) {
      return CAF;
    } else if (is(bytes, 0, "\u0030\u0026\u00b2\u0075\u008e\u0066\u00cf\u0011")) {
      return ASF;
    } else if (is(bytes, 0, "PK\u0003\u0004")) {
      return ZIP;
    } else if (is(bytes, 0, "\u001f\u008b\u0008")) {
      return GZIP;
    }
    return mpegAudio(bytes);
  }

  /**
   * Eleven set bits, then a layer: 0 is AAC's frame header, 1 to 3 are those of MPEG-1 and MPEG-2
   * audio.
   */
  private static @Nullable Container mpegAudio(ByteBuffer bytes) {
    if (bytes.limit() < 4 || (bytes.getShort(0) & 0xFFE0) != 0xFFE0) {
      return null;
    }
    int layer = bytes.get(1) >> 1 & 3;
    boolean plausible = (bytes.get(2) & 0xF0) != 0xF0 && (bytes.get(1) & 0x18) != 0x08;
    return layer == 0 ? ((bytes.get(1) & 0xF0) == 0xF0 ? AAC : null) : plausible ? MP3 : null;
  }

  private static long id3End(ByteBuffer bytes) {
    if (!is(bytes, 0, "ID3") || bytes.limit() < 10) {
      return -1;
    }
    long size = 0;
    for (int i = 6; i < 10; i++) {
      size = size << 7 | (bytes.get(i) & 0x7F);
    }
    return size + 10;
  }

  private static boolean is(ByteBuffer bytes, int at, String magic) {
    byte[] expected = magic.getBytes(StandardCharsets.ISO_8859_1);
    return bytes.limit() - at >= expected.length
        && bytes.slice(at, expected.length).equals(ByteBuffer.wrap(expected));
  }
}
