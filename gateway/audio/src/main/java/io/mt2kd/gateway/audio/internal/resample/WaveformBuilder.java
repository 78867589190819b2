package io.mt2kd.gateway.audio.internal.resample;

import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Collects mono samples of any rate into a waveform, and refuses the first one too many.
 *
 * <p>At 16 kHz samples are only rounded (16-bit ones come out bit for bit); other rates go through
 * {@link Resampler}. Rounding is to the nearest 16-bit value, ties to even, without dither; what
 * lies beyond the 16-bit range is clipped.
 *
 * <p>Allocates in proportion to what was appended, never to what a header announced. One use, one
 * thread.
 */
public final class WaveformBuilder {
  private static final int FIRST_CAPACITY = 16_000;

  private final LengthLimits limits;
  private final int interpolation;
  private final int decimation;
  private final long mostInputs;
  private final @Nullable Resampler resampler;
  private long inputs;
  private ByteBuffer samples = room(0);

  /**
   * @param sampleRateHertz rate of the samples that will be appended
   */
  public WaveformBuilder(WindowedSinc filter, int sampleRateHertz, LengthLimits limits) {
    this.limits = limits;
    int divisor = greatestCommonDivisor(sampleRateHertz, Waveform.SAMPLE_RATE_HERTZ);
    interpolation = Waveform.SAMPLE_RATE_HERTZ / divisor;
    decimation = sampleRateHertz / divisor;
    mostInputs = (long) limits.maximumSamples() * decimation / interpolation;
    resampler =
        interpolation == decimation
            ? null
            : new Resampler(filter, interpolation, decimation, this::store);
  }

  /**
   * Refuses a recording by its announced length, before anything is decoded.
   *
   * @param announced samples of one channel at the recording's own rate
   */
  public void requireLength(long announced) {
    limits.require(Resampler.outputCount(announced, interpolation, decimation));
  }

  /**
   * Makes room at once for samples that are there, not merely announced: they are written to where
   * they stay.
   *
   * @param present samples of one channel at the recording's own rate
   * @throws io.mt2kd.gateway.core.failure.InvalidArgumentException as {@link #requireLength} does
   */
  public void makeRoom(long present) {
    samples = room(limits.require(Resampler.outputCount(present, interpolation, decimation)));
  }

  /**
   * Appends one sample.
   *
   * @param sample in units of the 16-bit range: full scale is 32,768
   */
  public void append(double sample) {
    if (++inputs > mostInputs) {
      throw Malformed.content("more audio than is served at once", limits.expected());
    }
    if (resampler == null) {
      store(sample);
    } else {
      resampler.accept(sample);
    }
  }

  /** The waveform; nothing may be appended afterwards. */
  public Waveform build() {
    if (resampler != null) {
      resampler.finish();
    }
    int count = samples.position() / Short.BYTES;
    limits.require(count);
    boolean full = !samples.hasRemaining();
    samples.flip();
    return Waveform.of(full ? samples : room(count).put(samples).flip());
  }

  private void store(double sample) {
    if (!samples.hasRemaining()) {
      int count = samples.position() / Short.BYTES;
      int capacity = Math.max(FIRST_CAPACITY, 2 * count);
      samples = room(Math.min(capacity, limits.maximumSamples())).put(samples.flip());
    }
    long rounded = Math.round(Math.rint(sample));
    samples.putShort((short) Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, rounded)));
  }

  private static ByteBuffer room(int samples) {
    return ByteBuffer.allocate(Short.BYTES * samples).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int greatestCommonDivisor(int a, int b) {
    return b == 0 ? a : greatestCommonDivisor(b, a % b);
  }
}
