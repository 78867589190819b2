package io.mt2kd.gateway.core.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LengthLimitsTest {
  private static final LengthLimits LIMITS = new LengthLimits(1600, 480_000);

  @ParameterizedTest
  @ValueSource(longs = {1600, 16_000, 480_000})
  void letsALengthWithinPass(long samples) {
    assertThat(LIMITS.require(samples)).isEqualTo((int) samples);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.0000",
    "1, 0.0001",
    "1599, 0.0999",
    "480001, 30.0001",
    "496000, 31.0000",
    "68719476736, 4294967.2960"
  })
  void refusesALengthOutsideInTheWordsOfTheCaller(long samples, String seconds) {
    assertThatThrownBy(() -> LIMITS.require(samples))
        .isInstanceOfSatisfying(
            InvalidArgumentException.class, e -> assertThat(e.field()).isEqualTo("content"))
        .hasMessage("content: " + seconds + " s of audio (expected: 0.1 to 30 s of audio)");
  }

  @ParameterizedTest
  @CsvSource({"1600, 480000, 0.1 to 30", "16000, 1600000, 1 to 100", "4000, 24000, 0.25 to 1.5"})
  void saysTheRangeWithoutIdleZeros(int minimum, int maximum, String range) {
    assertThat(new LengthLimits(minimum, maximum).expected()).isEqualTo(range + " s of audio");
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "2, 1", "-1, 5"})
  void refusesLimitsThatNothingFits(int minimum, int maximum) {
    assertThatThrownBy(() -> new LengthLimits(minimum, maximum))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(minimum + ".." + maximum);
  }

  @Test
  void durationOfAWaveformIsExact() {
    assertThat(Waveform.of(new short[1]).duration()).isEqualTo(Duration.ofNanos(62_500));
    assertThat(Waveform.durationOf(480_000)).isEqualTo(Duration.ofSeconds(30));
  }
}
