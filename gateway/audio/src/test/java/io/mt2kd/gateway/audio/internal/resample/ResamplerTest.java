package io.mt2kd.gateway.audio.internal.resample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.audio.LengthLimits;
import java.nio.ShortBuffer;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ResamplerTest {
  private static final WindowedSinc FILTER = new WindowedSinc();
  private static final double AMPLITUDE = 30_000;

  /** As the shortest filter needs to settle at any rate: 58 periods of the lower rate. */
  private static final double SETTLING_SECONDS = 0.06;

  @Property(tries = 60)
  void keepsAmplitudeAndPhaseOfTheSpeechBand(
      @ForAll("rates") int rate, @ForAll @DoubleRange(min = 0.01, max = 0.45) double share) {
    double hertz = share * Math.min(rate, 16_000);
    short[] output = resample(rate, 0.25, sine(rate, hertz));
    for (int i = settled(rate); i < output.length - settled(rate); i++) {
      double expected = AMPLITUDE * Math.sin(2 * Math.PI * hertz * i / 16_000);
      assertThat((double) output[i]).as("sample %d", i).isCloseTo(expected, within(3.0));
    }
  }

  @Property(tries = 60)
  void removesWhatLiesAboveTheNewNyquistFrequency(
      @ForAll("higherRates") int rate, @ForAll @DoubleRange(min = 0, max = 1) double share) {
    double hertz = 8_000 + share * (rate / 2.0 - 8_000);
    short[] output = resample(rate, 0.2, sine(rate, hertz));
    double largest = 0;
    for (int i = settled(rate); i < output.length - settled(rate); i++) {
      largest = Math.max(largest, Math.abs(output[i]));
    }
    assertThat(20 * Math.log10(Math.max(largest, 0.5) / AMPLITUDE)).isLessThan(-80);
  }

  @Property(tries = 60)
  void removesTheImagesOfALowerRate(
      @ForAll @IntRange(min = 4_000, max = 15_999) int rate,
      @ForAll @DoubleRange(min = 0.05, max = 0.45) double share) {
    double hertz = share * rate;
    double image = rate - hertz;
    if (image > 8_000) {
      return;
    }
    short[] output = resample(rate, 0.4, sine(rate, hertz));
    int from = settled(rate);
    int count = output.length - 2 * from;
    double real = 0;
    double imaginary = 0;
    double windowSum = 0;
    for (int i = 0; i < count; i++) {
      // Blackman-Harris, so that the sine itself does not leak into the measurement.
      double x = 2 * Math.PI * i / count;
      double window =
          0.35875 - 0.48829 * Math.cos(x) + 0.14128 * Math.cos(2 * x) - 0.01168 * Math.cos(3 * x);
      double angle = 2 * Math.PI * image * (from + i) / 16_000;
      real += window * output[from + i] * Math.cos(angle);
      imaginary += window * output[from + i] * Math.sin(angle);
      windowSum += window;
    }
    double distance = (image - hertz) * count / 16_000;
    if (distance > 8) {
      assertThat(20 * Math.log10(2 * Math.hypot(real, imaginary) / windowSum / AMPLITUDE))
          .isLessThan(-80);
    }
  }

  @Property(tries = 300)
  void givesTheCeilingOfTheExactLength(
      @ForAll @IntRange(min = 1_000, max = 384_000) int rate,
      @ForAll @IntRange(min = 1, max = 3_000) int count) {
    WaveformBuilder builder = builder(rate);
    for (int i = 0; i < count; i++) {
      builder.append(0);
    }
    long expected = (count * 16_000L + rate - 1) / rate;
    assertThat(builder.build().sampleCount()).isEqualTo((int) expected);
  }

  @Property(tries = 30)
  void keepsAConstant(
      @ForAll("rates") int rate, @ForAll @IntRange(min = -32_768, max = 32_767) int value) {
    short[] output = resample(rate, 0.2, i -> value);
    for (int i = settled(rate); i < output.length - settled(rate); i++) {
      assertThat(output[i]).as("sample %d", i).isEqualTo((short) value);
    }
  }

  @Property(tries = 30)
  void isLinear(@ForAll("rates") int rate, @ForAll long seed) {
    double[] a = noise(seed, rate / 20);
    double[] b = noise(seed + 1, rate / 20);
    short[] sum = resample(rate, 0.05, i -> 0.5 * a[i] - 0.25 * b[i]);
    short[] ofA = resample(rate, 0.05, i -> a[i]);
    short[] ofB = resample(rate, 0.05, i -> b[i]);
    for (int i = 0; i < sum.length; i++) {
      assertThat((double) sum[i]).isCloseTo(0.5 * ofA[i] - 0.25 * ofB[i], within(1.0));
    }
  }

  @Test
  void hasNoDelay() {
    for (int rate : new int[] {8_000, 32_000, 44_100, 44_110, 48_000}) {
      int at = rate / 10;
      short[] output = resample(rate, 0.2, i -> i == at ? 20_000 : 0);
      int peak = 0;
      for (int i = 0; i < output.length; i++) {
        peak = output[i] > output[peak] ? i : peak;
      }
      assertThat(peak).as("%d Hz", rate).isEqualTo(1_600);
      for (int i = 1; i < 50; i++) {
        assertThat((int) output[1_600 + i]).isEqualTo(output[1_600 - i]);
      }
    }
  }

  @Test
  void clipsWhatOvershoots() {
    short[] output = resample(8_000, 0.1, i -> i / 20 % 2 == 0 ? 32_767 : -32_768);
    assertThat(output).contains(Short.MAX_VALUE, Short.MIN_VALUE);
  }

  @Provide
  Arbitrary<Integer> rates() {
    return Arbitraries.oneOf(
        Arbitraries.of(8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000),
        Arbitraries.integers().between(4_000, 192_000));
  }

  @Provide
  Arbitrary<Integer> higherRates() {
    return Arbitraries.oneOf(
        Arbitraries.of(22_050, 24_000, 32_000, 44_100, 48_000, 96_000),
        Arbitraries.integers().between(16_001, 192_000));
  }

  private static short[] resample(int rate, double seconds, IntToDoubleFunction signal) {
    WaveformBuilder builder = builder(rate);
    int count = (int) (rate * seconds);
    for (int i = 0; i < count; i++) {
      builder.append(signal.applyAsDouble(i));
    }
    ShortBuffer samples = builder.build().samples();
    short[] resampled = new short[samples.remaining()];
    samples.get(resampled);
    return resampled;
  }

  private static WaveformBuilder builder(int rate) {
    return new WaveformBuilder(FILTER, rate, new LengthLimits(1, 480_000));
  }

  private static int settled(int rate) {
    return (int) (SETTLING_SECONDS * 16_000 * Math.max(1, 1_000.0 / rate));
  }

  private static IntToDoubleFunction sine(int rate, double hertz) {
    return i -> AMPLITUDE * Math.sin(2 * Math.PI * hertz * i / rate);
  }

  private static double[] noise(long seed, int count) {
    Random random = new Random(seed);
    return random.doubles(count + 1, -8_000, 8_000).toArray();
  }
}
