package io.mt2kd.gateway.audio.internal.pcm;

import java.nio.ByteBuffer;

/**
 * How one sample is written; all little-endian.
 *
 * <p>Values are read in units of the 16-bit range (full scale is 32,768), so that 16-bit samples
 * are exact.
 */
public enum SampleFormat {
  U8(1) {
    @Override
    double read(ByteBuffer bytes, int at) {
      return ((bytes.get(at) & 0xFF) - 128) * 256.0;
    }
  },
  S16(2) {
    @Override
    double read(ByteBuffer bytes, int at) {
      return bytes.getShort(at);
    }
  },
  S24(3) {
    @Override
    double read(ByteBuffer bytes, int at) {
      return (bytes.get(at + 2) << 16 | (bytes.getShort(at) & 0xFFFF)) / 256.0;
    }
  },
  S32(4) {
    @Override
    double read(ByteBuffer bytes, int at) {
      return bytes.getInt(at) / 65536.0;
    }
  },
  F32(4) {
    @Override
    double read(ByteBuffer bytes, int at) {
      return clip(bytes.getFloat(at));
    }
  },
  F64(8) {
    @Override
    double read(ByteBuffer bytes, int at) {
      return clip(bytes.getDouble(at));
    }
  },
  MULAW(1) {
    @Override
    double read(ByteBuffer bytes, int at) {
      return G711.decodeMuLaw(bytes.get(at));
    }
  },
  ALAW(1) {
    @Override
    double read(ByteBuffer bytes, int at) {
      return G711.decodeALaw(bytes.get(at));
    }
  };

  private final int bytes;

  SampleFormat(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes that a sample takes. */
  public int bytes() {
    return bytes;
  }

  /** The sample at index {@code at} of a little-endian buffer; NaN and infinities are handed on. */
  abstract double read(ByteBuffer bytes, int at);

  private static double clip(double value) {
    return Double.isFinite(value) ? Math.max(-1, Math.min(1, value)) * 32768 : value;
  }
}
