package io.mt2kd.gateway.audio;

import static io.mt2kd.gateway.audio.Decoding.assertClose;
import static io.mt2kd.gateway.audio.Decoding.decode;
import static io.mt2kd.gateway.audio.Decoding.fixture;
import static io.mt2kd.gateway.audio.Decoding.signalToNoise;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against soxr's best quality, which scipy's {@code resample_poly} confirms when the fixtures are
 * made.
 */
class ResamplingReferenceTest {
  @ParameterizedTest
  @ValueSource(ints = {8_000, 11_025, 22_050, 24_000, 44_100, 44_101, 48_000})
  void agreesToTheLastBitOrTwo(int rate) {
    short[] expected = decode(fixture("resample-" + rate + "-expected.wav"));
    short[] output = decode(fixture("resample-" + rate + ".wav"));
    assertThat(output.length).isBetween(expected.length - 1, expected.length + 1);
    int common = Math.min(output.length, expected.length);
    short[] ours = Arrays.copyOf(output, common);
    short[] theirs = Arrays.copyOf(expected, common);
    assertClose(ours, theirs, 2);
    assertThat(signalToNoise(ours, theirs)).isGreaterThan(80);
  }
}
