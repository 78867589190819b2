package io.mt2kd.gateway.audio;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes WAV files, right ones and wrong ones. */
final class WavFile {
  static final int PCM = 1;
  static final int FLOAT = 3;
  static final int ALAW = 6;
  static final int MULAW = 7;
  static final long STREAMED = 0xFFFF_FFFFL;

  private final int code;
  private final int channels;
  private final long rate;
  private final int bits;
  private final ByteArrayOutputStream before = new ByteArrayOutputStream();
  private final ByteArrayOutputStream after = new ByteArrayOutputStream();
  private String form = "RIFF";
  private boolean extensible;
  private boolean formatChunk = true;
  private int validBits;
  private long guidEnd = 0x719B_3800_AA00_0080L;
  private long blockAlign;
  private long byteRate;
  private long dataSize = -1;
  private long fileSize = -1;
  private byte[] data = {};

  WavFile(int code, int channels, long rate, int bits) {
    this.code = code;
    this.channels = channels;
    this.rate = rate;
    this.bits = bits;
    blockAlign = channels * (bits / 8);
    byteRate = blockAlign * rate;
    validBits = bits;
  }

  static WavFile pcm16(int rate, short... samples) {
    return new WavFile(PCM, 1, rate, 16).data(shorts(samples));
  }

  static byte[] shorts(short... samples) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(samples);
    return bytes.array();
  }

  WavFile form(String form) {
    this.form = form;
    return this;
  }

  WavFile extensible() {
    extensible = true;
    return this;
  }

  WavFile validBits(int validBits) {
    this.validBits = validBits;
    return this;
  }

  WavFile foreignSubFormat() {
    guidEnd = 42;
    return this;
  }

  WavFile withoutFormat() {
    formatChunk = false;
    return this;
  }

  WavFile blockAlign(int blockAlign) {
    this.blockAlign = blockAlign;
    return this;
  }

  WavFile byteRate(long byteRate) {
    this.byteRate = byteRate;
    return this;
  }

  WavFile dataSize(long dataSize) {
    this.dataSize = dataSize;
    return this;
  }

  WavFile fileSize(long fileSize) {
    this.fileSize = fileSize;
    return this;
  }

  WavFile data(byte... data) {
    this.data = data;
    return this;
  }

  WavFile chunkBefore(String id, byte... content) {
    chunk(before, id, content.length, content);
    return this;
  }

  WavFile chunkAfter(String id, byte... content) {
    chunk(after, id, content.length, content);
    return this;
  }

  byte[] bytes() {
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    chunks.writeBytes(before.toByteArray());
    if (formatChunk) {
      byte[] format = format();
      chunk(chunks, "fmt ", format.length, format);
    }
    chunk(chunks, "data", dataSize < 0 ? data.length : dataSize, data);
    chunks.writeBytes(after.toByteArray());
    ByteBuffer file = little(12 + chunks.size());
    file.put(ascii(form)).putInt((int) (fileSize < 0 ? 4 + chunks.size() : fileSize));
    return file.put(ascii("WAVE")).put(chunks.toByteArray()).array();
  }

  private byte[] format() {
    ByteBuffer format = little(extensible ? 40 : 16);
    format.putShort((short) (extensible ? 0xFFFE : code)).putShort((short) channels);
    format.putInt((int) rate).putInt((int) byteRate);
    format.putShort((short) blockAlign).putShort((short) bits);
    if (extensible) {
      format.putShort((short) 22).putShort((short) validBits).putInt(0);
      format.putLong(0x0010_0000_0000L << 16 | code).putLong(guidEnd);
    }
    return format.array();
  }

  private static void chunk(ByteArrayOutputStream out, String id, long size, byte[] content) {
    out.writeBytes(little(8).put(ascii(id)).putInt((int) size).array());
    out.writeBytes(content);
    if (content.length % 2 == 1) {
      out.write(0);
    }
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
