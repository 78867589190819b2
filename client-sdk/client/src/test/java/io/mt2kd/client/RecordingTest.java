package io.mt2kd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordingTest {
  @Property
  boolean pcm16KeepsEverySampleLittleEndian(@ForAll short[] samples) {
    Recording recording = Recording.pcm16(samples, 16_000);
    short[] back = new short[samples.length];
    recording.content().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(back);
    return java.util.Arrays.equals(samples, back)
        && recording.content().remaining() == 2 * samples.length;
  }

  @Property
  boolean pcmFloatKeepsEverySampleLittleEndian(@ForAll float[] samples) {
    float[] back = new float[samples.length];
    Recording.pcmFloat(samples, 16_000)
        .content()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(back);
    return java.util.Arrays.equals(samples, back);
  }

  @Test
  void readsAFile(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("a.flac"), new byte[] {1, 2, 3});
    Recording recording = Recording.file(file);
    assertThat(recording).isEqualTo(Recording.container(new byte[] {1, 2, 3}));
    assertThat(recording.encoding()).isEqualTo(AudioEncoding.CONTAINER);
    assertThat(recording.sampleRateHertz()).isZero();
  }

  @Test
  void refusesFilesThatAreAbsentOrTooLarge(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> Recording.file(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    Path large = folder.resolve("large");
    try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
      sparse.setLength(Recording.MAX_BYTES + 1L);
    }
    assertThatThrownBy(() -> Recording.file(large))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("268435457 bytes (expected: <= 268435456)");
  }

  @Test
  void keepsItsOwnCopy() {
    byte[] content = {1, 2};
    Recording recording = Recording.wav(content);
    content[0] = 9;
    assertThat(recording.content().get(0)).isEqualTo((byte) 1);
    assertThat(recording.content().isReadOnly()).isTrue();
  }

  @Test
  void refusesRawSamplesThatCannotBe() {
    assertThatThrownBy(() -> Recording.raw(AudioEncoding.FLAC, new byte[2], 8_000, 1))
        .hasMessageContaining("encoding: FLAC");
    assertThatThrownBy(() -> Recording.raw(AudioEncoding.PCM_S16LE, new byte[6], 8_000, 2))
        .hasMessage("content: 6 bytes (expected: a multiple of 4, the bytes of one frame)");
    assertThatThrownBy(() -> Recording.raw(AudioEncoding.MULAW, new byte[6], 8_000, 0))
        .hasMessage("channelCount: 0 (expected: 1..32)");
  }

  @Test
  void saysWhatItIsWithoutItsContent() {
    assertThat(Recording.raw(AudioEncoding.MULAW, new byte[6], 8_000, 2))
        .hasToString("Recording[MULAW, 6 bytes, 8000 Hz, 2 channel(s)]");
  }
}
