package io.mt2kd.gateway.audio.internal.pcm;

import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.audio.internal.StreamShape;
import io.mt2kd.gateway.audio.internal.resample.WaveformBuilder;
import io.mt2kd.gateway.audio.internal.resample.WindowedSinc;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Interleaved samples, of which the mean of the channels is heard. 16-bit mono at the model's rate
 * is what the model hears as it stands: the waveform is a view of it, unless that kept alive more
 * than twice as much as it shows.
 */
public final class PcmReader {
  private PcmReader() {}

  /**
   * Reads {@code data} to its limit.
   *
   * @throws io.mt2kd.gateway.core.failure.InvalidArgumentException on {@code content} where it does
   *     not hold a whole number of frames, is outside the limits, or a float sample is NaN or
   *     infinite (the message has its index among the interleaved samples)
   */
  public static Waveform read(
      ByteBuffer data,
      SampleFormat format,
      StreamShape shape,
      WindowedSinc filter,
      LengthLimits limits) {
    ByteBuffer bytes = data.slice().order(ByteOrder.LITTLE_ENDIAN);
    int size = bytes.limit();
    int channels = shape.channelCount();
    int frameBytes = format.bytes() * channels;
    if (size % frameBytes != 0) {
      throw Malformed.content(
          size + " bytes of samples", "a multiple of " + frameBytes + ", the bytes of one frame");
    }
    if (format == SampleFormat.S16
        && channels == 1
        && shape.sampleRateHertz() == Waveform.SAMPLE_RATE_HERTZ) {
      limits.require(size / frameBytes);
      return Waveform.of(isMostOfItsArray(bytes) ? bytes : copy(bytes));
    }
    WaveformBuilder waveform = new WaveformBuilder(filter, shape.sampleRateHertz(), limits);
    waveform.makeRoom(size / frameBytes);
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
    return waveform.build();
  }

  private static boolean isMostOfItsArray(ByteBuffer bytes) {
    return bytes.hasArray() && bytes.remaining() >= bytes.array().length / 2;
  }

  private static ByteBuffer copy(ByteBuffer bytes) {
    return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
  }
}
