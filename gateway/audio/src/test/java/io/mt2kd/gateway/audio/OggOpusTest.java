package io.mt2kd.gateway.audio;

import static io.mt2kd.gateway.audio.Decoding.decode;
import static io.mt2kd.gateway.audio.Decoding.fixture;
import static io.mt2kd.gateway.audio.Decoding.refusal;
import static io.mt2kd.gateway.audio.Decoding.refuses;
import static io.mt2kd.gateway.audio.Decoding.signalToNoise;
import static io.mt2kd.gateway.audio.OggFile.CONTINUED;
import static io.mt2kd.gateway.audio.OggFile.FIRST;
import static io.mt2kd.gateway.audio.OggFile.LAST;
import static io.mt2kd.gateway.audio.OggFile.head;
import static io.mt2kd.gateway.audio.OggFile.tags;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OggOpusTest {
  private static final String SPEECH = "opus-speech-mono-16000.opus";

  /** 20 ms of the speech fixture each. */
  private static final List<byte[]> PACKETS = OggFile.packets(fixture(SPEECH)).subList(2, 22);

  private static OggFile headers() {
    return new OggFile().page(FIRST, 0, 7, head()).page(0, 0, 7, tags());
  }

  private static byte[][] audio(int from, int to) {
    return PACKETS.subList(from, to).toArray(new byte[0][]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"speech-mono-48000", "speech-mono-16000", "tones-stereo-48000", "tones-mono-8000"})
  void agreesWithTheReferenceDecoder(String name) {
    short[] decoded = decode(fixture("opus-" + name + ".opus"));
    short[] expected = decode(fixture("opus-" + name + "-expected.wav"));
    assertThat(decoded.length).isBetween(expected.length - 1, expected.length + 1);
    int common = Math.min(decoded.length, expected.length);
    assertThat(signalToNoise(Arrays.copyOf(decoded, common), Arrays.copyOf(expected, common)))
        .isGreaterThan(40);
  }

  @Test
  void dropsThePreSkipAndWhatTheLastPageCutsOff() {
    byte[] file = headers().page(LAST, 312 + 4801, 7, audio(0, 10)).bytes();
    assertThat(decode(file)).hasSize(1601);
  }

  @Test
  void goesByPacketsWhereTheEndIsNotMarked() {
    byte[] file = headers().page(0, 9600, 7, audio(0, 10)).bytes();
    assertThat(decode(file)).hasSize((9600 - 312) / 3);
  }

  @Test
  void takesAStreamThatWasCutOutOfALongerOne() {
    byte[] file =
        headers().page(0, 1_004_800, 7, audio(0, 5)).page(LAST, 1_009_000, 7, audio(5, 10)).bytes();
    assertThat(decode(file)).hasSize((9600 - 600 - 312) / 3);
  }

  @Test
  void ignoresAnEndBeyondThePackets() {
    byte[] file = headers().page(LAST, Long.MAX_VALUE, 7, audio(0, 10)).bytes();
    assertThat(decode(file)).hasSize((9600 - 312) / 3);
  }

  @Test
  void joinsPacketsAcrossPages() {
    byte[] packet = PACKETS.get(3);
    byte[] padded = Arrays.copyOf(packet, 255);
    byte[] whole = headers().page(LAST, 960 * 2, 7, PACKETS.get(2), padded).bytes();
    byte[] split =
        headers()
            .rawPage(
                0,
                -1,
                7,
                new byte[] {(byte) PACKETS.get(2).length, (byte) 255},
                OggFile.join(List.of(PACKETS.get(2), padded)))
            .rawPage(CONTINUED | LAST, 960 * 2, 7, new byte[] {0}, new byte[0])
            .bytes();
    assertThat(decode(split)).containsExactly(decode(whole));
  }

  @Test
  void appliesTheGain() {
    byte[] plain = headers().page(LAST, 9600, 7, audio(5, 15)).bytes();
    byte[] halved =
        new OggFile()
            .page(FIRST, 0, 7, head(1, 1, 312, -1541, 0))
            .page(0, 0, 7, tags())
            .page(LAST, 9600, 7, audio(5, 15))
            .bytes();
    short[] loud = decode(plain);
    short[] quiet = decode(halved);
    for (int i = 0; i < loud.length; i++) {
      assertThat(quiet[i] * 2.0).isBetween(loud[i] - 3.0, loud[i] + 3.0);
    }
  }

  @Test
  void survivesTheLargestGain() {
    byte[] file =
        new OggFile()
            .page(FIRST, 0, 7, head(1, 1, 312, Short.MAX_VALUE, 0))
            .page(0, 0, 7, tags())
            .page(LAST, 9600, 7, audio(5, 15))
            .bytes();
    assertThat(decode(file)).contains(Short.MAX_VALUE, Short.MIN_VALUE);
  }

  @Test
  void stepsOverTagsOfAnySize() {
    byte[] picture = Arrays.copyOf(tags(), 200_000);
    OggFile file = new OggFile().page(FIRST, 0, 7, head());
    byte[] full = new byte[255];
    Arrays.fill(full, (byte) 255);
    int pageBytes = 255 * 255;
    for (int at = 0; at < 3; at++) {
      file.rawPage(
          at == 0 ? 0 : CONTINUED,
          -1,
          7,
          full,
          Arrays.copyOfRange(picture, at * pageBytes, (at + 1) * pageBytes));
    }
    file.rawPage(CONTINUED, 0, 7, new byte[] {10}, new byte[10]);
    assertThat(decode(file.page(LAST, 9600, 7, audio(0, 10)).bytes())).isNotEmpty();
  }

  @Test
  void passesOverStreamsOfOtherKinds() {
    byte[] skeleton = "fishead\0and more".getBytes(StandardCharsets.US_ASCII);
    byte[] file =
        new OggFile()
            .page(FIRST, 0, 1, skeleton)
            .sequence(0)
            .page(FIRST, 0, 7, head())
            .page(0, 0, 7, tags())
            .sequence(1)
            .page(LAST, 0, 1, skeleton)
            .sequence(2)
            .page(LAST, 9600, 7, audio(0, 10))
            .bytes();
    assertThat(decode(file)).hasSize((9600 - 312) / 3);
  }

  @ParameterizedTest
  @CsvSource({
    "'\u0001vorbis', Vorbis",
    "'\u007FFLAC', FLAC in Ogg",
    "'Speex   1.2', Speex",
    "'PCM     ', an unknown codec"
  })
  void refusesOtherCodecsByName(String magic, String name) {
    byte[] first = Arrays.copyOf(magic.getBytes(StandardCharsets.ISO_8859_1), 30);
    byte[] file = new OggFile().page(FIRST, 0, 7, first).bytes();
    assertThat(refusal(file).getMessage())
        .isEqualTo("encoding: Ogg with " + name + " (expected: Opus in Ogg, WAV or FLAC)");
  }

  @Test
  void refusesASecondStreamAfterOrBesideTheFirst() {
    byte[] one = headers().page(LAST, 9600, 7, audio(0, 10)).bytes();
    refuses(OggFile.join(List.of(one, one)), "more than one stream", "one Opus stream");
    byte[] beside = new OggFile().page(FIRST, 0, 7, head()).page(FIRST, 0, 8, head()).bytes();
    refuses(beside, "more than one stream", "one Opus stream");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 255})
  void refusesOtherChannelMappings(int family) {
    byte[] file = new OggFile().page(FIRST, 0, 7, head(1, 2, 0, 0, family)).bytes();
    refuses(file, "mapping family " + family, "family 0");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 255})
  void refusesOtherChannelCounts(int channels) {
    byte[] file = new OggFile().page(FIRST, 0, 7, head(1, channels, 0, 0, 0)).bytes();
    refuses(file, "Opus header with " + channels + " channels", "1 or 2");
  }

  @Test
  void refusesOtherVersionsAndShortHeaders() {
    refuses(new OggFile().page(FIRST, 0, 7, head(16, 1, 0, 0, 0)).bytes(), "version 16", "0 to 15");
    refuses(
        new OggFile().page(FIRST, 0, 7, Arrays.copyOf(head(), 18)).bytes(),
        "Opus header of 18 bytes",
        "19");
  }

  @Test
  void refusesAnyDamagedByte() {
    byte[] file = fixture(SPEECH);
    for (int at = 0; at < file.length; at += at < 150 ? 1 : 31) {
      byte[] damaged = file.clone();
      damaged[at] ^= 0x04;
      assertThat(refusal(damaged).field()).as("byte %d", at).isIn("content", "encoding");
    }
  }

  @Test
  void refusesAFileThatEndsInsideAPage() {
    byte[] file = fixture(SPEECH);
    refuses(Arrays.copyOf(file, file.length - 1), "ends inside its page", "whole pages");
    refuses(Arrays.copyOf(file, 20), "ends inside its page at byte 0", "whole pages");
  }

  @Test
  void refusesAFileThatEndsInsideAPacketOrItsHeaders() {
    refuses(
        headers().rawPage(0, -1, 7, new byte[] {(byte) 255}, new byte[255]).bytes(),
        "inside a packet",
        "whole packets");
    refuses(new OggFile().page(FIRST, 0, 7, head()).bytes(), "inside a packet", "whole packets");
    refuses(headers().bytes(), "0.0000 s of audio", "0 to 30 s");
  }

  @Test
  void refusesAMissingPage() {
    List<byte[]> pages =
        new ArrayList<>(
            OggFile.pages(
                headers().page(0, 4800, 7, audio(0, 5)).page(LAST, 9600, 7, audio(5, 10)).bytes()));
    pages.remove(2);
    refuses(OggFile.join(pages), "a gap before the page", "every page");
  }

  @Test
  void refusesPagesAfterTheEndOfTheStream() {
    byte[] file = headers().page(LAST, 4800, 7, audio(0, 5)).page(0, 9600, 7, audio(5, 10)).bytes();
    refuses(file, "goes on after the end", "one Opus stream");
  }

  @Test
  void ignoresWhatFollowsTheEndButRefusesItBefore() {
    assertThat(
            decode(
                headers()
                    .page(LAST, 9600, 7, audio(0, 10))
                    .raw((byte) 'T', (byte) 'A', (byte) 'G')
                    .bytes()))
        .isNotEmpty();
    refuses(
        headers().page(0, 9600, 7, audio(0, 10)).raw(new byte[5]).bytes(),
        "no Ogg page",
        "end of the stream");
  }

  @Test
  void refusesEmptyAndInvalidPackets() {
    refuses(
        headers().page(LAST, 960, 7, new byte[0]).bytes(), "packet of 0 bytes", "2.5 to 120 ms");
    byte[] tooManyFrames = {(byte) 0x7B, 63, 1, 2, 3};
    refuses(
        headers().page(LAST, 960, 7, tooManyFrames).bytes(), "without a duration", "2.5 to 120 ms");
    byte[] unequalHalves = {(byte) 0x79, 1, 2, 3};
    refuses(
        headers().page(LAST, 960, 7, unequalHalves).bytes(),
        "damaged in packet 0",
        "valid packets");
  }

  @Test
  void refusesOversizedPackets() {
    byte[] full = new byte[255];
    Arrays.fill(full, (byte) 255);
    byte[] file = headers().rawPage(0, -1, 7, full, new byte[255 * 255]).bytes();
    refuses(file, "packet of more than 61440 bytes", "at most");
  }

  @Test
  void stopsABombAtTheLimit() {
    OggFile file = headers();
    byte[][] silence = new byte[250][];
    Arrays.fill(silence, new byte[] {(byte) 0x1B, 2});
    for (int page = 0; page < 40; page++) {
      file.page(0, 0, 7, silence);
    }
    byte[] bomb = file.bytes();
    assertThat(bomb).hasSizeLessThan(60_000);
    refuses(bomb, "more audio than is served at once", "0 to 30 s of audio");
  }

  @Test
  void takesBothRatesThatACallerMayMean() {
    byte[] file = fixture(SPEECH);
    assertThat(decode(AudioEncoding.OGG_OPUS, 48_000, 1, file)).isNotEmpty();
    assertThat(decode(AudioEncoding.OGG_OPUS, 16_000, 0, file)).isNotEmpty();
    assertThat(refusal(AudioEncoding.OGG_OPUS, 44_100, 0, file).getMessage())
        .isEqualTo("sample_rate_hertz: 44100 (expected: 48000, 16000 as in the Opus header, or 0)");
    assertThat(refusal(AudioEncoding.OGG_OPUS, 0, 2, file).field()).isEqualTo("channel_count");
  }
}
