package io.mt2kd.gateway.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ShortBuffer;

/** What the tests of this module ask a decoder. */
final class Decoding {
  /** One sample to 30 seconds. */
  static final LengthLimits LIMITS = new LengthLimits(1, 480_000);

  private static final StandardAudioDecoder DECODER = new StandardAudioDecoder();

  private Decoding() {}

  static byte[] fixture(String name) {
    try (InputStream stream = Decoding.class.getResourceAsStream("/fixtures/" + name)) {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(name, e);
    }
  }

  static short[] decode(byte[] content) {
    return decode(AudioEncoding.DETECT, 0, 0, content);
  }

  static short[] decode(AudioEncoding encoding, int rate, int channels, byte... content) {
    return decode(encoding, rate, channels, content, LIMITS);
  }

  static short[] decode(
      AudioEncoding encoding, int rate, int channels, byte[] content, LengthLimits limits) {
    EncodedAudio audio = new EncodedAudio(encoding, rate, channels, ByteBuffer.wrap(content));
    ShortBuffer samples = DECODER.decode(audio, limits).samples();
    short[] decoded = new short[samples.remaining()];
    samples.get(decoded);
    return decoded;
  }

  static InvalidArgumentException refusal(byte[] content) {
    return refusal(AudioEncoding.DETECT, 0, 0, content);
  }

  static InvalidArgumentException refusal(
      AudioEncoding encoding, int rate, int channels, byte... content) {
    InvalidArgumentException refusal =
        catchThrowableOfType(
            InvalidArgumentException.class, () -> decode(encoding, rate, channels, content));
    assertThat(refusal).as("refusal").isNotNull();
    return refusal;
  }

  /** Asserts a refusal on {@code content} whose message has both texts. */
  static void refuses(byte[] content, String found, String expected) {
    InvalidArgumentException refusal = refusal(content);
    assertThat(refusal.field()).as(refusal.getMessage()).isEqualTo("content");
    assertThat(refusal.problem()).contains(found).contains("expected: ").contains(expected);
  }

  static void assertClose(short[] actual, short[] expected, int tolerance) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat((int) actual[i])
          .as("sample %d", i)
          .isBetween(expected[i] - tolerance, expected[i] + tolerance);
    }
  }

  /** Ratio of the expected signal's power to that of the difference, in dB. */
  static double signalToNoise(short[] actual, short[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double signal = 0;
    double noise = 1e-9;
    for (int i = 0; i < expected.length; i++) {
      signal += (double) expected[i] * expected[i];
      noise += Math.pow(actual[i] - expected[i], 2);
    }
    return 10 * Math.log10(signal / noise);
  }
}
