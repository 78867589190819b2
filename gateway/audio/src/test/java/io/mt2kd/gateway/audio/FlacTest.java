package io.mt2kd.gateway.audio;

import static io.mt2kd.gateway.audio.Decoding.decode;
import static io.mt2kd.gateway.audio.Decoding.fixture;
import static io.mt2kd.gateway.audio.Decoding.refusal;
import static io.mt2kd.gateway.audio.Decoding.refuses;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlacTest {
  private static final int[] SAMPLES = {0, 5, -5, 100, -100, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8};

  private static FlacFile flac() {
    return new FlacFile(16, 16_000, 1, 16);
  }

  @ParameterizedTest
  @ValueSource(strings = {"s8-mono", "s16-mono", "s24-stereo", "s16-six-channels"})
  void decodesWhatTheReferenceEncoderWrote(String name) {
    assertThat(decode(fixture("flac-" + name + ".flac")))
        .containsExactly(decode(fixture("flac-" + name + ".wav")));
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 12, 16, 20, 24})
  void scalesEveryDepthToSixteenBits(int bits) {
    int[] samples = new int[16];
    samples[0] = 1 << (bits - 2);
    samples[1] = -1 << (bits - 1);
    short[] decoded = decode(new FlacFile(16, 16_000, 2, bits).verbatim(samples).bytes());
    assertThat(decoded).startsWith(16384, -32768, 0).hasSize(16);
  }

  @Test
  void readsStreamsWithAndWithoutATotal() {
    assertThat(decode(flac().verbatim(SAMPLES).verbatim(SAMPLES).bytes())).hasSize(32);
    assertThat(decode(flac().total(32).verbatim(SAMPLES).verbatim(SAMPLES).bytes())).hasSize(32);
  }

  @Test
  void readsEscapedResiduals() {
    assertThat(decode(flac().escaped(SAMPLES).bytes())).startsWith(0, 5, -5, 100, -100).hasSize(16);
  }

  @Test
  void looksOverAnId3TagInFront() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(new byte[] {'I', 'D', '3', 4, 0, 0, 0, 0, 1, 2});
    file.writeBytes(new byte[130]);
    file.writeBytes(flac().verbatim(SAMPLES).bytes());
    assertThat(decode(file.toByteArray())).hasSize(16);
  }

  @Test
  void ignoresWhatFollowsTheAnnouncedTotal() {
    byte[] file = flac().total(16).verbatim(SAMPLES).bytes();
    byte[] tagged = Arrays.copyOf(file, file.length + 128);
    Arrays.fill(tagged, file.length, tagged.length, (byte) 0xFF);
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> assertThat(decode(tagged)).hasSize(16));
  }

  @Test
  void refusesBytesThatAreNoFrameWhereThereIsNoTotal() {
    byte[] file = flac().verbatim(SAMPLES).bytes();
    refuses(
        Arrays.copyOf(file, file.length + 7), "damaged or cut off after sample 16", "whole frames");
  }

  @Test
  void stepsOverMetadataWithoutReadingIt() {
    byte[] lyingTag = {0x7F, (byte) 0xFF, (byte) 0xFF, 0x7F, 0, 0, 0, 0};
    byte[] file = flac().metadata(0x84, lyingTag.length, lyingTag).verbatim(SAMPLES).bytes();
    assertThat(decode(file)).hasSize(16);
  }

  @Test
  void refusesMetadataLongerThanTheFile() {
    refuses(
        flac().metadata(0x84, 0xFF_FFFF).verbatim(SAMPLES).bytes(),
        "ends with its metadata",
        "audio frames");
    refuses(
        flac().metadata(0x04, 0xFF_FFFF).verbatim(SAMPLES).bytes(),
        "ends inside its metadata",
        "audio frames");
  }

  @Test
  void refusesEveryPrefix() {
    byte[] file = fixture("flac-s16-mono.flac");
    for (int size = 0; size < file.length; size += size < 60 ? 1 : 97) {
      assertThat(refusal(Arrays.copyOf(file, size)).field())
          .as("%d bytes", size)
          .isEqualTo("content");
    }
  }

  @Test
  void refusesAnyDamagedByteOfItsFrames() {
    byte[] file = flac().total(32).verbatim(SAMPLES).verbatim(SAMPLES).bytes();
    for (int at = 42; at < file.length; at++) {
      byte[] damaged = file.clone();
      damaged[at] ^= 0x10;
      assertThat(refusal(damaged).field()).as("byte %d", at).isEqualTo("content");
    }
  }

  @Test
  void refusesATotalThatIsNotReached() {
    refuses(
        flac().total(33).verbatim(SAMPLES).verbatim(SAMPLES).bytes(),
        "cut off after sample 32",
        "33 samples");
  }

  @Test
  void refusesATotalThatIsExceeded() {
    refuses(
        flac().total(31).verbatim(SAMPLES).verbatim(SAMPLES).bytes(),
        "more samples than the 31",
        "as many");
  }

  @Test
  void refusesAGapBetweenFrames() {
    refuses(
        flac().verbatim(SAMPLES).frameNumber(2).verbatim(SAMPLES).bytes(),
        "a gap: sample 32 after sample 16",
        "every frame");
  }

  @Test
  void refusesBlocksLargerThanAnnounced() {
    refuses(flac().constant(4096, 1).bytes(), "block size after sample 0", "one format");
  }

  @Test
  void refusesAnAnnouncedTotalBeyondTheLimitAtOnce() {
    refuses(
        flac().total(0xF_FFFF_FFFFL).verbatim(SAMPLES).bytes(), "s of audio", "0 to 30 s of audio");
  }

  @Test
  void stopsABombAtTheLimit() {
    FlacFile bomb = new FlacFile(65_535, 384_000, 8, 24);
    for (int i = 0; i < 2_000; i++) {
      bomb.constant(65_535, i);
    }
    byte[] file = bomb.bytes();
    assertThat(file).hasSizeLessThan(100_000);
    refuses(file, "more audio than is served at once", "0 to 30 s of audio");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 384_001, 1_048_575})
  void refusesAbsurdRates(int rate) {
    refuses(
        new FlacFile(16, rate, 1, 16).verbatim(SAMPLES).bytes(), rate + " Hz", "1000 to 384000");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 25, 32})
  void refusesOtherDepths(int bits) {
    refuses(new FlacFile(16, 16_000, 1, bits).verbatim(SAMPLES).bytes(), bits + " bits", "4 to 24");
  }

  @Test
  void refusesBlocksBelowTheFormatsMinimum() {
    refuses(
        new FlacFile(0, 16_000, 1, 16).verbatim(SAMPLES).bytes(),
        "blocks of 0 to 0",
        "16 to 65535");
  }

  @Test
  void refusesACallerWhoContradictsTheHeader() {
    byte[] file = flac().verbatim(SAMPLES).bytes();
    assertThat(refusal(AudioEncoding.FLAC, 44_100, 0, file).field()).isEqualTo("sample_rate_hertz");
    assertThat(refusal(AudioEncoding.FLAC, 0, 2, file).field()).isEqualTo("channel_count");
  }
}
