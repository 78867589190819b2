package io.mt2kd.gateway.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LengthEstimateTest {
  private static final StandardAudioDecoder DECODER = new StandardAudioDecoder();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flac-s16-mono.flac",
        "flac-s16-six-channels.flac",
        "flac-s24-stereo.flac",
        "flac-s8-mono.wav",
        "flac-s24-stereo.wav",
        "resample-44100.wav",
        "resample-8000.wav",
        "opus-speech-mono-16000.opus",
        "opus-speech-mono-48000.opus",
        "opus-tones-stereo-48000.opus"
      })
  void isCloseToWhatIsDecoded(String fixture) {
    byte[] content = Decoding.fixture(fixture);

    // Headers and Opus's look-ahead are a few milliseconds.
    assertThat(estimate(AudioEncoding.DETECT, 0, 0, content))
        .isCloseTo(Decoding.decode(content).length, within(400));
  }

  @ParameterizedTest
  @CsvSource({
    "PCM_S16LE, 16000, 0, 32000, 16000",
    "PCM_F32LE, 48000, 2, 384000, 16000",
    "MULAW, 8000, 1, 4000, 8000",
    "ALAW, 8000, 2, 8000, 8000"
  })
  void ofRawSamplesIsTheirNumber(
      AudioEncoding encoding, int rate, int channels, int bytes, int samples) {
    assertThat(estimate(encoding, rate, channels, new byte[bytes])).isEqualTo(samples);
  }

  @Test
  void ofWhatSaysNothingIsAsOfSixteenBitsAtSixteenKilohertz() {
    assertThat(estimate(AudioEncoding.DETECT, 0, 0, new byte[3_200])).isEqualTo(1_600);
    assertThat(estimate(AudioEncoding.FLAC, 0, 0, "fLaC".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(2);
  }

  @Property
  void neverThrows(@ForAll AudioEncoding encoding, @ForAll int rate, @ForAll byte[] tail) {
    for (String magic : new String[] {"", "RIFF0000WAVEfmt ", "fLaC", "OggS", "ID3"}) {
      byte[] head = magic.getBytes(StandardCharsets.US_ASCII);
      byte[] content = ByteBuffer.allocate(head.length + tail.length).put(head).put(tail).array();
      assertThatCode(() -> estimate(encoding, rate, 1, content)).doesNotThrowAnyException();
    }
  }

  @Property
  void neverThrowsOnAHeaderOfWhateverNumbers(@ForAll @Size(40) byte[] numbers) {
    for (String magic : new String[] {"RIFF0000WAVEfmt ", "fLaC", "OggS"}) {
      byte[] head = magic.getBytes(StandardCharsets.US_ASCII);
      byte[] content = ByteBuffer.allocate(head.length + 40).put(head).put(numbers).array();
      assertThatCode(() -> estimate(AudioEncoding.DETECT, 0, 0, content))
          .doesNotThrowAnyException();
    }
  }

  private static int estimate(AudioEncoding encoding, int rate, int channels, byte[] content) {
    return DECODER.estimateSamples(
        new EncodedAudio(encoding, rate, channels, ByteBuffer.wrap(content)));
  }
}
