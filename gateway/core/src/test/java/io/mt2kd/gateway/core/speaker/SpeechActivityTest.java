package io.mt2kd.gateway.core.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.audio.Waveform;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class SpeechActivityTest {
  private static final int RATE = Waveform.SAMPLE_RATE_HERTZ;

  /** A stretch of white noise; amplitude 0 is digital silence. */
  record Stretch(int amplitude, int samples, long seed) {}

  private static short[] render(List<Stretch> stretches) {
    short[] all = new short[stretches.stream().mapToInt(Stretch::samples).sum()];
    int at = 0;
    for (Stretch stretch : stretches) {
      Random random = new Random(stretch.seed);
      for (int i = 0; i < stretch.samples; i++) {
        all[at++] = (short) Math.round((random.nextDouble() * 2 - 1) * stretch.amplitude);
      }
    }
    return all;
  }

  private static Duration speech(short[] samples) {
    return SpeechActivity.of(Waveform.of(samples));
  }

  @Provide
  Arbitrary<List<Stretch>> recordings() {
    return Combinators.combine(
            Arbitraries.of(0, 100, 300, 2000, 8000),
            Arbitraries.integers().between(1, RATE),
            Arbitraries.longs())
        .as(Stretch::new)
        .list()
        .ofMaxSize(6);
  }

  @Property(tries = 200)
  void liesBetweenNothingAndTheLength(@ForAll("recordings") List<Stretch> recording) {
    short[] samples = render(recording);
    assertThat(speech(samples)).isBetween(Duration.ZERO, Waveform.of(samples).duration());
  }

  @Property(tries = 200)
  void isUnmovedByDigitalSilenceAtTheEnd(
      @ForAll("recordings") List<Stretch> recording,
      @ForAll @IntRange(max = 2 * RATE) int silence) {
    short[] samples = render(recording);
    Duration alone = speech(samples);
    Duration followed = speech(Arrays.copyOf(samples, samples.length + silence));
    // Alone, the last frame may be cut to the length of the recording.
    assertThat(followed).isBetween(alone, alone.plusMillis(10));
  }

  /** Never silent: every frame but the last is far above -60 dBFS. */
  @Provide
  Arbitrary<List<Stretch>> loudRecordings() {
    return Combinators.combine(
            Arbitraries.of(300, 2000, 8000),
            Arbitraries.integers().between(RATE / 20, RATE),
            Arbitraries.longs())
        .as(Stretch::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(6);
  }

  @Property(tries = 200)
  void isUnmovedByGainAboveTheFloor(
      @ForAll("loudRecordings") List<Stretch> recording,
      @ForAll @IntRange(min = 1, max = 2) int doublings) {
    short[] samples = render(recording);
    short[] louder = new short[samples.length];
    for (int i = 0; i < samples.length; i++) {
      louder[i] = (short) (samples[i] << doublings);
    }
    assertThat(speech(louder)).isEqualTo(speech(samples));
  }

  @Property(tries = 100)
  void findsABurstInNoise(
      @ForAll @IntRange(min = 2000, max = 2 * RATE) int burst, @ForAll long seed) {
    short[] samples =
        render(
            List.of(
                new Stretch(100, RATE, seed),
                new Stretch(4000, burst, seed + 1),
                new Stretch(100, RATE, seed + 2)));
    // A frame overlaps its neighbours by 15 ms; hangover adds 110 ms.
    assertThat(speech(samples))
        .isBetween(
            Waveform.durationOf(burst).plusMillis(100), Waveform.durationOf(burst).plusMillis(150));
  }

  @Property(tries = 50)
  void countsNoSteadyNoise(
      @ForAll @IntRange(min = 1, max = 8000) int amplitude, @ForAll long seed) {
    assertThat(speech(render(List.of(new Stretch(amplitude, 3 * RATE, seed))))).isZero();
  }

  @Example
  void countsNoSteadyTone() {
    short[] tone = new short[3 * RATE];
    for (int i = 0; i < tone.length; i++) {
      tone[i] = (short) Math.round(8000 * Math.sin(2 * Math.PI * 440 * i / RATE));
    }
    assertThat(speech(tone)).isZero();
  }

  @Example
  void countsNothingInSilence() {
    assertThat(speech(new short[0])).isZero();
    assertThat(speech(new short[1])).isZero();
    assertThat(speech(new short[RATE])).isZero();
  }

  @Example
  void countsNoWhisperBelowTheLeastPower() {
    // Uniform noise of amplitude 40 has 20 log10(40 / 32768 / sqrt 3) = -63 dBFS, of 80 -57.
    Stretch hush = new Stretch(2, RATE, 1);
    assertThat(speech(render(List.of(hush, new Stretch(40, RATE, 2), hush)))).isZero();
    assertThat(speech(render(List.of(hush, new Stretch(80, RATE, 2), hush))))
        .isGreaterThan(Duration.ofMillis(900));
  }
}
