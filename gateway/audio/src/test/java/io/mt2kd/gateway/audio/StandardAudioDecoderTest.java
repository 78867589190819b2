package io.mt2kd.gateway.audio;

import static io.mt2kd.gateway.audio.Decoding.decode;
import static io.mt2kd.gateway.audio.Decoding.fixture;
import static io.mt2kd.gateway.audio.Decoding.refusal;
import static io.mt2kd.gateway.core.audio.AudioEncoding.FLAC;
import static io.mt2kd.gateway.core.audio.AudioEncoding.OGG_OPUS;
import static io.mt2kd.gateway.core.audio.AudioEncoding.PCM_S16LE;
import static io.mt2kd.gateway.core.audio.AudioEncoding.WAV;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StandardAudioDecoderTest {
  private static final byte[] WAV_FILE = fixture("flac-s16-mono.wav");
  private static final byte[] FLAC_FILE = fixture("flac-s16-mono.flac");
  private static final byte[] OPUS_FILE = fixture("opus-tones-mono-8000.opus");

  @Test
  void detectsByTheFirstBytesWhatItAlsoReadsByName() {
    assertThat(decode(WAV_FILE)).containsExactly(decode(WAV, 0, 0, WAV_FILE)).hasSize(1600);
    assertThat(decode(FLAC_FILE)).containsExactly(decode(FLAC, 0, 0, FLAC_FILE)).hasSize(1600);
    assertThat(decode(OPUS_FILE)).containsExactly(decode(OGG_OPUS, 0, 0, OPUS_FILE));
  }

  @ParameterizedTest
  @EnumSource
  void refusesEmptyContent(AudioEncoding encoding) {
    assertThat(refusal(encoding, 16_000, 1).getMessage())
        .isEqualTo("content: 0 bytes (expected: a recording)");
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"MULAW", "ALAW"})
  void refusesASingleByte(AudioEncoding encoding) {
    assertThat(refusal(encoding, 16_000, 1, (byte) 'R').field()).isEqualTo("content");
  }

  @Test
  void refusesASingleSample() {
    LengthLimits limits = new LengthLimits(1600, 480_000);
    assertThatThrownBy(() -> decode(PCM_S16LE, 16_000, 1, new byte[2], limits))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("content: 0.0001 s of audio (expected: 0.1 to 30 s of audio)");
  }

  @Test
  void keepsBothLimitsInclusive() {
    LengthLimits limits = new LengthLimits(2, 3);
    assertThat(decode(PCM_S16LE, 16_000, 1, new byte[4], limits)).hasSize(2);
    assertThat(decode(PCM_S16LE, 8_000, 1, new byte[2], limits)).hasSize(2);
    assertThat(decode(PCM_S16LE, 32_000, 1, new byte[12], limits)).hasSize(3);
    for (int bytes : new int[] {2, 8}) {
      assertThatThrownBy(() -> decode(PCM_S16LE, 16_000, 1, new byte[bytes], limits))
          .isInstanceOf(InvalidArgumentException.class);
    }
    assertThatThrownBy(() -> decode(PCM_S16LE, 32_000, 1, new byte[14], limits))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void refusesADeclarationThatTheContentContradicts() {
    assertThat(refusal(FLAC, 0, 0, WAV_FILE).getMessage())
        .isEqualTo(
            "encoding: AUDIO_ENCODING_FLAC, but the content is WAV (expected: AUDIO_ENCODING_WAV or AUDIO_ENCODING_UNSPECIFIED)");
    assertThat(refusal(WAV, 0, 0, OPUS_FILE).getMessage())
        .isEqualTo(
            "encoding: AUDIO_ENCODING_WAV, but the content is Ogg (expected: AUDIO_ENCODING_OGG_OPUS or AUDIO_ENCODING_UNSPECIFIED)");
    assertThat(refusal(OGG_OPUS, 0, 0, new byte[100]).getMessage())
        .isEqualTo(
            "encoding: AUDIO_ENCODING_OGG_OPUS, but the content is of no known kind (expected: WAV, FLAC or Opus in Ogg)");
  }

  static Map<String, String> otherKinds() {
    return Map.ofEntries(
        entry("ID3", "MP3"),
        entry("\u00FF\u00FB\u0090\u0064", "MP3"),
        entry("\u00FF\u00F1\u0050\u0080", "AAC (ADTS)"),
        entry("0000ftypM4A ", "MP4 or M4A"),
        entry("\u001AE\u00DF\u00A3", "WebM or Matroska"),
        entry("FORM0000AIFF", "AIFF"),
        entry("FORM0000AIFC", "AIFF"),
        entry(".snd", "AU"),
        entry("RIFX0000WAVE", "big-endian WAV (RIFX)"),
        entry("RIFF0000AVI ", "AVI"),
        entry("riff.\u0091\u00CF\u0011", "Sony Wave64"),
        entry("#!AMR\n", "AMR"),
        entry("caff", "Core Audio"),
        entry("\u0030\u0026\u00B2\u0075\u008E\u0066\u00CF\u0011", "WMA"),
        entry("PK\u0003\u0004", "a ZIP archive"),
        entry("\u001F\u008B\u0008", "a gzip file"));
  }

  @Test
  void saysWhatElseItIs() {
    otherKinds()
        .forEach(
            (magic, name) -> {
              byte[] content = Arrays.copyOf(magic.getBytes(StandardCharsets.ISO_8859_1), 64);
              assertThat(refusal(content).getMessage())
                  .isEqualTo(
                      "encoding: content is "
                          + name
                          + " (expected: WAV, FLAC or Opus in Ogg, or a raw encoding that the caller names)");
            });
  }

  @Test
  void listsWhatIsReadWhereItKnowsNothing() {
    assertThat(refusal("<html>not found</html>".getBytes(StandardCharsets.UTF_8)).getMessage())
        .isEqualTo(
            "encoding: content of no known kind (expected: WAV, FLAC or Opus in Ogg, or a raw encoding that the caller names)");
  }

  @Test
  void decodesConcurrentlyWhatItDecodesAlone() throws Exception {
    List<byte[]> files = List.of(WAV_FILE, FLAC_FILE, OPUS_FILE, fixture("resample-44100.wav"));
    List<short[]> alone = files.stream().map(Decoding::decode).toList();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<short[]>> calls =
          IntStream.range(0, 100)
              .mapToObj(i -> (Callable<short[]>) () -> decode(files.get(i % 4)))
              .toList();
      List<Future<short[]>> results = threads.invokeAll(calls);
      for (int i = 0; i < results.size(); i++) {
        assertThat(get(results.get(i))).containsExactly(alone.get(i % 4));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static short[] get(Future<short[]> result)
      throws InterruptedException, ExecutionException {
    return result.get();
  }
}
