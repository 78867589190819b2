package io.mt2kd.gateway.audio;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes FLAC streams without compression: verbatim and constant subframes, right and wrong
 * headers.
 */
final class FlacFile {
  private final int blockSize;
  private final int rate;
  private final int channels;
  private final int bits;
  private final ByteArrayOutputStream frames = new ByteArrayOutputStream();
  private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
  private long total;
  private int frameNumber;

  FlacFile(int blockSize, int rate, int channels, int bits) {
    this.blockSize = blockSize;
    this.rate = rate;
    this.channels = channels;
    this.bits = bits;
  }

  FlacFile total(long total) {
    this.total = total;
    return this;
  }

  FlacFile frameNumber(int next) {
    frameNumber = next;
    return this;
  }

  FlacFile metadata(int type, int announcedLength, byte... content) {
    metadata.write(type);
    metadata.write(announcedLength >> 16);
    metadata.write(announcedLength >> 8);
    metadata.write(announcedLength);
    metadata.writeBytes(content);
    return this;
  }

  /** Adds a frame in which every channel holds these samples, one by one. */
  FlacFile verbatim(int... samples) {
    Bits frame = header(samples.length);
    for (int channel = 0; channel < channels; channel++) {
      frame.put(1 << 1, 8);
      for (int sample : samples) {
        frame.put(sample, bits);
      }
    }
    return add(frame);
  }

  /** Adds a frame of {@code count} equal samples, a few bytes whatever the count. */
  FlacFile constant(int count, int value) {
    Bits frame = header(count);
    for (int channel = 0; channel < channels; channel++) {
      frame.put(0, 8);
      frame.put(value, bits);
    }
    return add(frame);
  }

  /**
   * Adds a frame whose residual is written with an escape code: fixed predictor of order 0, one
   * partition.
   */
  FlacFile escaped(int... samples) {
    Bits frame = header(samples.length);
    for (int channel = 0; channel < channels; channel++) {
      frame.put(8 << 1, 8);
      frame.put(0, 2);
      frame.put(0, 4);
      frame.put(15, 4);
      frame.put(bits, 5);
      for (int sample : samples) {
        frame.put(sample, bits);
      }
    }
    return add(frame);
  }

  byte[] bytes() {
    ByteBuffer info = ByteBuffer.allocate(34);
    info.putShort((short) blockSize).putShort((short) blockSize).position(10);
    info.putLong((long) rate << 44 | (channels - 1L) << 41 | (bits - 1L) << 36 | total);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes("fLaC".getBytes(StandardCharsets.US_ASCII));
    file.writeBytes(new byte[] {(byte) (metadata.size() == 0 ? 0x80 : 0), 0, 0, 34});
    file.writeBytes(info.array());
    file.writeBytes(metadata.toByteArray());
    file.writeBytes(frames.toByteArray());
    return file.toByteArray();
  }

  private Bits header(int count) {
    Bits frame = new Bits();
    frame.put(0xFFF8, 16);
    frame.put(7, 4);
    frame.put(0, 4);
    frame.put(channels - 1, 4);
    frame.put(0, 4);
    putFrameNumber(frame);
    frame.put(count - 1, 16);
    frame.put(checksum(frame.bytes(), 8, 0x07), 8);
    return frame;
  }

  private void putFrameNumber(Bits frame) {
    int number = frameNumber++;
    if (number < 0x80) {
      frame.put(number, 8);
    } else if (number < 0x800) {
      frame.put(0xC0 | number >> 6, 8);
      frame.put(0x80 | number & 0x3F, 8);
    } else {
      frame.put(0xE0 | number >> 12, 8);
      frame.put(0x80 | number >> 6 & 0x3F, 8);
      frame.put(0x80 | number & 0x3F, 8);
    }
  }

  private FlacFile add(Bits frame) {
    frame.align();
    frame.put(checksum(frame.bytes(), 16, 0x8005), 16);
    frames.writeBytes(frame.bytes());
    return this;
  }

  private static int checksum(byte[] bytes, int width, int polynomial) {
    int checksum = 0;
    int mask = (1 << width) - 1;
    for (byte value : bytes) {
      checksum ^= (value & 0xFF) << (width - 8);
      for (int bit = 0; bit < 8; bit++) {
        boolean top = (checksum >> (width - 1) & 1) != 0;
        checksum = (checksum << 1 ^ (top ? polynomial : 0)) & mask;
      }
    }
    return checksum;
  }

  /** Bits, the most significant first. */
  private static final class Bits {
    private final ByteArrayOutputStream whole = new ByteArrayOutputStream();
    private int current;
    private int used;

    void put(int value, int width) {
      for (int bit = width - 1; bit >= 0; bit--) {
        current = current << 1 | value >> bit & 1;
        if (++used == 8) {
          whole.write(current);
          current = 0;
          used = 0;
        }
      }
    }

    void align() {
      while (used != 0) {
        put(0, 1);
      }
    }

    byte[] bytes() {
      return whole.toByteArray();
    }
  }
}
