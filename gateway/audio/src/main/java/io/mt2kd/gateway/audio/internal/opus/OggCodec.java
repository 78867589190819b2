package io.mt2kd.gateway.audio.internal.opus;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a stream in Ogg holds, by the first bytes of its first packet. */
enum OggCodec {
  OPUS("Opus", "OpusHead"),
  VORBIS("Vorbis", "\u0001vorbis"),
  FLAC("FLAC in Ogg", "\u007fFLAC"),
  SPEEX("Speex", "Speex   "),
  THEORA("Theora video", "\u0080theora"),
  SKELETON("Skeleton", "fishead\u0000"),
  UNKNOWN("an unknown codec", "");

  private final String title;
  private final byte[] magic;

  OggCodec(String title, String magic) {
    this.title = title;
    this.magic = magic.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Its name in messages. */
  String title() {
    return title;
  }

  static OggCodec of(ByteBuffer firstPacket) {
    for (OggCodec codec : values()) {
      int size = codec.magic.length;
      if (firstPacket.limit() >= size
          && firstPacket.slice(0, size).equals(ByteBuffer.wrap(codec.magic))) {
        return codec;
      }
    }
    return UNKNOWN;
  }
}
