package io.mt2kd.it.hostile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** WAV files whose headers say what they are told to say. Starts as an honest one of one second. */
final class WavBytes {
  static final int HONEST_BYTES = 44 + 32_000;

  private int format = 1;
  private int channels = 1;
  private int rate = 16_000;
  private int bits = 16;
  private int byteRate = 32_000;
  private int blockAlign = 2;
  private int announced = -1;
  private byte[] data = new byte[32_000];

  WavBytes format(int code, int bitsPerSample) {
    this.format = code;
    this.bits = bitsPerSample;
    return consistent();
  }

  WavBytes channels(int count) {
    this.channels = count;
    return consistent();
  }

  WavBytes rate(int hertz) {
    this.rate = hertz;
    return consistent();
  }

  WavBytes blockAlign(int bytes) {
    this.blockAlign = bytes;
    return this;
  }

  WavBytes byteRate(int bytes) {
    this.byteRate = bytes;
    return this;
  }

  /** Bytes of samples that the header speaks of. */
  WavBytes announced(int bytes) {
    this.announced = bytes;
    return this;
  }

  WavBytes data(byte[] samples) {
    this.data = samples;
    return this;
  }

  byte[] bytes() {
    ByteBuffer file = ByteBuffer.allocate(44 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put(ascii("RIFF")).putInt(36 + data.length).put(ascii("WAVEfmt ")).putInt(16);
    file.putShort((short) format).putShort((short) channels).putInt(rate).putInt(byteRate);
    file.putShort((short) blockAlign).putShort((short) bits);
    file.put(ascii("data")).putInt(announced < 0 ? data.length : announced).put(data);
    return file.array();
  }

  private WavBytes consistent() {
    blockAlign = channels * bits / 8;
    byteRate = rate * blockAlign;
    return this;
  }

  /** An honest file of these samples. */
  static byte[] of(short[] samples) {
    ByteBuffer bytes = ByteBuffer.allocate(samples.length * 2).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(samples);
    return new WavBytes().data(bytes.array()).bytes();
  }

  static byte[] ascii(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
