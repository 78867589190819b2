package io.mt2kd.gateway.audio.internal.pcm;

import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.audio.internal.resample.WaveformBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads interleaved samples and hands on the mean of the channels. */
public final class PcmReader {
  private PcmReader() {}

  /**
   * Reads {@code data} to its limit.
   *
   * @throws io.mt2kd.gateway.core.failure.InvalidArgumentException on {@code content} where it does
   *     not hold a whole number of frames, is outside the limits, or a float sample is NaN or
   *     infinite (the message has its index among the interleaved samples)
   */
  public static void read(
      ByteBuffer data, SampleFormat format, int channels, WaveformBuilder waveform) {
    ByteBuffer bytes = data.slice().order(ByteOrder.LITTLE_ENDIAN);
    int size = bytes.limit();
    int frameBytes = format.bytes() * channels;
    if (size % frameBytes != 0) {
      throw Malformed.content(
          size + " bytes of samples", "a multiple of " + frameBytes + ", the bytes of one frame");
    }
    waveform.makeRoom(size / frameBytes);
    if (format == SampleFormat.S16 && channels == 1 && waveform.isAtModelRate()) {
      waveform.append(bytes.asShortBuffer());
      return;
    }
    for (int at = 0; at < size; ) {
      double sum = 0;
      for (int channel = 0; channel < channels; channel++, at += format.bytes()) {
        double sample = format.read(bytes, at);
        if (!Double.isFinite(sample)) {
          throw Malformed.content(
              "sample " + at / format.bytes() + " is " + sample, "finite samples");
        }
        sum += sample;
      }
      waveform.append(sum / channels);
    }
  }
}
