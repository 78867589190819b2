package io.mt2kd.gateway.audio;

import static io.mt2kd.gateway.audio.Decoding.decode;
import static io.mt2kd.gateway.audio.Decoding.refusal;
import static io.mt2kd.gateway.core.audio.AudioEncoding.ALAW;
import static io.mt2kd.gateway.core.audio.AudioEncoding.MULAW;
import static io.mt2kd.gateway.core.audio.AudioEncoding.PCM_F32LE;
import static io.mt2kd.gateway.core.audio.AudioEncoding.PCM_S16LE;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.Waveform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawTest {
  private static final byte[] TWO = WavFile.shorts((short) 100, (short) -100);

  @Test
  void readsSixteenBitSamplesUnchanged() {
    assertThat(decode(PCM_S16LE, 16_000, 1, TWO)).containsExactly(100, -100);
  }

  @Test
  void takesNoChannelCountForOneChannel() {
    assertThat(decode(PCM_S16LE, 16_000, 0, TWO)).containsExactly(100, -100);
  }

  @Test
  void averagesChannels() {
    assertThat(decode(PCM_S16LE, 16_000, 2, TWO)).containsExactly(0);
  }

  @Test
  void readsCompandedSamples() {
    assertThat(decode(MULAW, 16_000, 1, (byte) 0x80)).containsExactly(32124);
    assertThat(decode(ALAW, 16_000, 1, (byte) 0xAA)).containsExactly(32256);
  }

  @Test
  void readsADirectBufferFromItsPosition() {
    ByteBuffer direct = ByteBuffer.allocateDirect(7).put(new byte[3]).put(TWO).position(3);
    EncodedAudio audio = new EncodedAudio(PCM_S16LE, 16_000, 1, direct);
    assertThat(new StandardAudioDecoder().decode(audio, Decoding.LIMITS))
        .isEqualTo(Waveform.of(new short[] {100, -100}));
    assertThat(direct.position()).isEqualTo(3);
  }

  @Test
  void samplesAsTheModelHearsThemAreNotCopied() {
    ByteBuffer content = ByteBuffer.allocate(8).put(TWO).flip();
    EncodedAudio audio = new EncodedAudio(PCM_S16LE, 16_000, 1, content);
    Waveform waveform = new StandardAudioDecoder().decode(audio, Decoding.LIMITS);
    content.put(0, (byte) 101);
    assertThat(waveform).isEqualTo(Waveform.of(new short[] {101, -100}));
  }

  @Test
  void clipsFloatsAndRefusesThoseThatAreNoNumbers() {
    assertThat(decode(PCM_F32LE, 16_000, 1, floats(2, -2, 0.25f)))
        .containsExactly(32767, -32768, 8192);
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertThat(refusal(PCM_F32LE, 16_000, 2, floats(0, 0, 0, bad)).getMessage())
          .isEqualTo("content: sample 3 is " + bad + " (expected: finite samples)");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE, 999, 384_001, Integer.MAX_VALUE})
  void refusesAbsurdRates(int rate) {
    assertThat(refusal(PCM_S16LE, rate, 1, TWO).getMessage())
        .isEqualTo(
            "sample_rate_hertz: "
                + rate
                + " (expected: 1000 to 384000 for AUDIO_ENCODING_PCM_S16LE)");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 33, Integer.MAX_VALUE})
  void refusesAbsurdChannelCounts(int channels) {
    assertThat(refusal(PCM_S16LE, 16_000, channels, TWO).getMessage())
        .isEqualTo("channel_count: " + channels + " (expected: 1 to 32)");
  }

  @Test
  void refusesPartialSamplesAndFrames() {
    assertThat(refusal(PCM_S16LE, 16_000, 1, new byte[3]).getMessage())
        .isEqualTo(
            "content: 3 bytes of samples (expected: a multiple of 2, the bytes of one frame)");
    assertThat(refusal(PCM_F32LE, 16_000, 3, new byte[16]).getMessage()).contains("multiple of 12");
  }

  @Test
  void refusesAHeaderDeclaredAsSamples() {
    assertThat(refusal(PCM_S16LE, 16_000, 1, WavFile.pcm16(16_000, (short) 1).bytes()).getMessage())
        .isEqualTo(
            "encoding: AUDIO_ENCODING_PCM_S16LE, but the content is WAV (expected: AUDIO_ENCODING_WAV or AUDIO_ENCODING_UNSPECIFIED)");
  }

  @Test
  void refusesEmptyContent() {
    assertThat(refusal(PCM_S16LE, 16_000, 1).getMessage())
        .isEqualTo("content: 0 bytes (expected: a recording)");
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
