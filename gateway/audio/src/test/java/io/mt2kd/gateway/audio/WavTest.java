package io.mt2kd.gateway.audio;

import static io.mt2kd.gateway.audio.Decoding.decode;
import static io.mt2kd.gateway.audio.Decoding.refusal;
import static io.mt2kd.gateway.audio.Decoding.refuses;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.Waveform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WavTest {
  private static final short[] SAMPLES = {0, 1, -1, 1000, Short.MAX_VALUE, Short.MIN_VALUE};

  private static WavFile wav() {
    return WavFile.pcm16(16_000, SAMPLES);
  }

  @Test
  void returnsSixteenBitSamplesUnchanged() {
    assertThat(decode(wav().bytes())).containsExactly(SAMPLES);
  }

  @Test
  void readsEightBitSamplesAsUnsigned() {
    byte[] file =
        new WavFile(WavFile.PCM, 1, 16_000, 8).data((byte) 0, (byte) 128, (byte) 255).bytes();
    assertThat(decode(file)).containsExactly(-32768, 0, 127 * 256);
  }

  @Test
  void readsTwentyFourBitSamplesRoundedToSixteen() {
    byte[] data = {
      0x7F,
      0x01,
      0x00,
      (byte) 0x81,
      0x01,
      0x00,
      (byte) 0xFF,
      (byte) 0xFF,
      (byte) 0xFF,
      0,
      0,
      (byte) 0x80
    };
    byte[] file = new WavFile(WavFile.PCM, 1, 16_000, 24).data(data).bytes();
    assertThat(decode(file)).containsExactly(1, 2, 0, -32768);
  }

  @Test
  void readsThirtyTwoBitSamples() {
    ByteBuffer data =
        little(12).putInt(5 << 16).putInt(Integer.MIN_VALUE).putInt(Integer.MAX_VALUE);
    byte[] file = new WavFile(WavFile.PCM, 1, 16_000, 32).data(data.array()).bytes();
    assertThat(decode(file)).containsExactly(5, -32768, 32767);
  }

  @Test
  void readsFloatSamplesAndClipsThem() {
    ByteBuffer data =
        little(20).putFloat(0.5f).putFloat(-1).putFloat(1).putFloat(7).putFloat(-1e30f);
    byte[] file = new WavFile(WavFile.FLOAT, 1, 16_000, 32).data(data.array()).bytes();
    assertThat(decode(file)).containsExactly(16384, -32768, 32767, 32767, -32768);
  }

  @Test
  void readsDoubleSamples() {
    ByteBuffer data = little(16).putDouble(-0.25).putDouble(3);
    byte[] file = new WavFile(WavFile.FLOAT, 1, 16_000, 64).data(data.array()).bytes();
    assertThat(decode(file)).containsExactly(-8192, 32767);
  }

  @Test
  void readsCompandedSamples() {
    byte[] codes = {(byte) 0xFF, 0x00, (byte) 0x80};
    assertThat(decode(new WavFile(WavFile.MULAW, 1, 16_000, 8).data(codes).bytes()))
        .containsExactly(0, -32124, 32124);
    assertThat(
            decode(new WavFile(WavFile.ALAW, 1, 16_000, 8).data((byte) 0xD5, (byte) 0x2A).bytes()))
        .containsExactly(8, -32256);
  }

  @Test
  void readsTheExtensibleForm() {
    byte[] file =
        new WavFile(WavFile.PCM, 1, 16_000, 16).extensible().data(WavFile.shorts(SAMPLES)).bytes();
    assertThat(decode(file)).containsExactly(SAMPLES);
  }

  @Test
  void averagesChannels() {
    byte[] file =
        new WavFile(WavFile.PCM, 2, 16_000, 16)
            .data(WavFile.shorts((short) 10, (short) 20, (short) -7, (short) 7))
            .bytes();
    assertThat(decode(file)).containsExactly(15, 0);
  }

  @Test
  void stepsOverOtherChunksAndTheirPadding() {
    byte[] file =
        wav()
            .chunkBefore("bext", (byte) 1, (byte) 2, (byte) 3)
            .chunkBefore("LIST", (byte) 4)
            .chunkAfter("id3 ", (byte) 5)
            .bytes();
    assertThat(decode(file)).containsExactly(SAMPLES);
  }

  @Test
  void fewSamplesKeepNoLargeFileAlive() {
    byte[] large = wav().chunkAfter("LIST", new byte[1_000]).bytes();
    byte[] plain = WavFile.pcm16(16_000, new short[1_000]).bytes();

    assertThat(waveform(large).bytes().array()).hasSize(Short.BYTES * SAMPLES.length);
    assertThat(waveform(plain).bytes().array()).isSameAs(plain);
  }

  private static Waveform waveform(byte[] file) {
    return new StandardAudioDecoder()
        .decode(new EncodedAudio(AudioEncoding.WAV, 0, 0, ByteBuffer.wrap(file)), Decoding.LIMITS);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, WavFile.STREAMED, 0x7FFF_F000L, 0x8000_0000L})
  void readsToTheEndWhereAStreamWriterNeverLearntTheSize(long size) {
    byte[] file = wav().dataSize(size).fileSize(size).bytes();
    assertThat(decode(file)).containsExactly(SAMPLES);
  }

  @Test
  void believesASizeOfZeroWhereTheFilesSizeIsTrue() {
    byte[] file = wav().data().chunkAfter("LIST", (byte) 1, (byte) 2).bytes();
    refuses(file, "0.0000 s", "0 to 30 s");
  }

  @Test
  void doesNotNeedTheFilesSize() {
    assertThat(decode(wav().fileSize(4).bytes())).containsExactly(SAMPLES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RF64", "BW64"})
  void readsThe64BitForms(String form) {
    byte[] sizes = little(28).putLong(0).putLong(2L * SAMPLES.length).array();
    byte[] file =
        wav()
            .form(form)
            .fileSize(WavFile.STREAMED)
            .chunkBefore("ds64", sizes)
            .dataSize(WavFile.STREAMED)
            .chunkAfter("LIST", (byte) 1)
            .bytes();
    assertThat(decode(file)).containsExactly(SAMPLES);
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 13, Long.MAX_VALUE})
  void refuses64BitSizesBeyondTheContent(long size) {
    byte[] sizes = little(28).putLong(0).putLong(size).array();
    byte[] file = wav().form("RF64").chunkBefore("ds64", sizes).dataSize(WavFile.STREAMED).bytes();
    refuses(file, "header announces", "cut off");
  }

  @Test
  void refusesACutOffRecording() {
    byte[] file = wav().bytes();
    refuses(
        Arrays.copyOf(file, file.length - 2),
        "10 bytes of samples where its header announces 12",
        "all of them");
  }

  @Test
  void refusesAHeaderThatAnnouncesTooMuch() {
    refuses(
        wav().dataSize(1_000_000_000).bytes(),
        "announces 1000000000",
        "cut off or its header is wrong");
  }

  @Test
  void refusesAPartialFrame() {
    byte[] file =
        new WavFile(WavFile.PCM, 2, 16_000, 16).data(WavFile.shorts(SAMPLES)).dataSize(10).bytes();
    refuses(file, "10 bytes of samples", "multiple of 4");
  }

  @Test
  void refusesEveryPrefixOfAHeader() {
    byte[] file = wav().bytes();
    for (int size = 0; size < file.length; size++) {
      assertThat(refusal(Arrays.copyOf(file, size)).field())
          .as("%d bytes", size)
          .isEqualTo("content");
    }
  }

  @Test
  void refusesAnInconsistentBlockAlign() {
    refuses(wav().blockAlign(3).bytes(), "block align 3", "2 for 1 channels of 16 bits");
    refuses(wav().blockAlign(0).bytes(), "block align 0", "2 for");
  }

  @Test
  void refusesAnInconsistentByteRate() {
    refuses(wav().byteRate(1).bytes(), "1 bytes a second", "32000 at 16000 Hz");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 999, 384_001, 4_294_967_295L})
  void refusesAbsurdRates(long rate) {
    byte[] file = new WavFile(WavFile.PCM, 1, rate, 8).byteRate(rate).data((byte) 1).bytes();
    refuses(file, rate + " Hz", "1000 to 384000");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 33, 65_535})
  void refusesAbsurdChannelCounts(int channels) {
    refuses(
        new WavFile(WavFile.PCM, channels, 16_000, 8).data((byte) 1).bytes(),
        channels + " channels",
        "1 to 32");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 12, PCM of 12 bits",
    "1, 0, PCM of 0 bits",
    "3, 16, float of 16 bits",
    "2, 4, Microsoft ADPCM",
    "17, 4, IMA ADPCM",
    "85, 0, MP3",
    "49, 0, GSM 6.10",
    "4660, 16, format 0x1234"
  })
  void refusesOtherCodecsByName(int code, int bits, String name) {
    refuses(
        new WavFile(code, 1, 16_000, bits).data((byte) 1, (byte) 2).bytes(),
        name,
        "PCM of 8, 16, 24 or 32 bits");
  }

  @Test
  void refusesSubFormatsOfOtherVendors() {
    byte[] file =
        new WavFile(WavFile.PCM, 1, 16_000, 16)
            .extensible()
            .foreignSubFormat()
            .data(WavFile.shorts(SAMPLES))
            .bytes();
    refuses(file, "sub-format of its own", "PCM of");
  }

  @Test
  void refusesMoreValidBitsThanBits() {
    byte[] file =
        new WavFile(WavFile.PCM, 1, 16_000, 16)
            .extensible()
            .validBits(24)
            .data(WavFile.shorts(SAMPLES))
            .bytes();
    refuses(file, "24 valid bits", "0 to 16");
  }

  @Test
  void refusesSamplesWithoutOrBeforeTheirFormat() {
    refuses(wav().withoutFormat().bytes(), "samples before their format", "fmt chunk");
    refuses(wav().chunkBefore("fmt ", new byte[4]).bytes(), "format chunk of 4 bytes", "16");
  }

  @Test
  void refusesTwoFormats() {
    ByteBuffer format =
        little(16)
            .putShort((short) 1)
            .putShort((short) 1)
            .putInt(8000)
            .putInt(8000)
            .putShort((short) 1)
            .putShort((short) 8);
    refuses(wav().chunkBefore("fmt ", format.array()).bytes(), "two format chunks", "one");
  }

  @Test
  void refusesAFileWithoutSamples() {
    byte[] file = wav().bytes();
    refuses(Arrays.copyOf(file, 36), "without samples", "data chunk");
  }

  @Test
  void refusesNotANumberByItsPlace() {
    ByteBuffer data = little(12).putFloat(0).putFloat(0).putFloat(Float.NaN);
    refuses(
        new WavFile(WavFile.FLOAT, 1, 16_000, 32).data(data.array()).bytes(),
        "sample 2 is NaN",
        "finite");
  }

  @Test
  void refusesACallerWhoContradictsTheHeader() {
    assertThat(refusal(AudioEncoding.WAV, 8000, 0, wav().bytes()).getMessage())
        .isEqualTo("sample_rate_hertz: 8000 (expected: 16000 as in the WAV header, or 0)");
    assertThat(refusal(AudioEncoding.WAV, 0, 2, wav().bytes()).getMessage())
        .isEqualTo("channel_count: 2 (expected: 1 as in the WAV header, or 0)");
    assertThat(decode(AudioEncoding.WAV, 16_000, 1, wav().bytes())).containsExactly(SAMPLES);
  }

  @Test
  void refusesALongFileBeforeReadingIt() {
    byte[] file = new WavFile(WavFile.PCM, 1, 16_000, 16).data(new byte[2 * 31 * 16_000]).bytes();
    refuses(file, "31.0000 s of audio", "0 to 30 s of audio");
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
