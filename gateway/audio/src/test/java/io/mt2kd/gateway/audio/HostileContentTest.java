package io.mt2kd.gateway.audio;

import static io.mt2kd.gateway.audio.Decoding.fixture;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Assertions;

/** Whatever the bytes: a waveform or a refusal comes out, soon, and in little memory. */
class HostileContentTest {
  private static final StandardAudioDecoder DECODER = new StandardAudioDecoder();
  private static final Duration LONGEST = Duration.ofSeconds(20);

  /** Thirty seconds of waveform, growing and trimmed, with filters and decoders around it. */
  private static final long MOST_BYTES = 64 << 20;

  @Property(tries = 400)
  void survivesRandomBytes(@ForAll byte[] content, @ForAll AudioEncoding encoding) {
    decode(encoding, content);
  }

  @Property(tries = 400)
  void survivesRandomBytesAfterAMagicNumber(
      @ForAll("magics") byte[] magic,
      @ForAll @IntRange(min = 0, max = 5_000) int size,
      @ForAll long seed) {
    byte[] content = new byte[magic.length + size];
    new Random(seed).nextBytes(content);
    System.arraycopy(magic, 0, content, 0, magic.length);
    decode(AudioEncoding.DETECT, content);
  }

  @Property(tries = 300)
  void survivesTruncation(
      @ForAll("files") byte[] file, @ForAll @IntRange(min = 0, max = 999) int share) {
    decode(AudioEncoding.DETECT, Arrays.copyOf(file, (int) ((long) file.length * share / 1000)));
  }

  @Property(tries = 1500)
  void survivesFlippedBits(
      @ForAll("files") byte[] file,
      @ForAll @IntRange(min = 1, max = 20) int flips,
      @ForAll long seed) {
    byte[] damaged = file.clone();
    Random random = new Random(seed);
    // Headers are the smaller part and the one that matters: half of the flips go there.
    for (int i = 0; i < flips; i++) {
      int at = random.nextInt(random.nextBoolean() ? Math.min(100, file.length) : file.length);
      damaged[at] ^= (byte) (1 << random.nextInt(8));
    }
    decode(AudioEncoding.DETECT, damaged);
  }

  @Property(tries = 800)
  void survivesDamagedOpusPacketsUnderRightChecksums(
      @ForAll("opusFiles") byte[] file, @ForAll long seed) {
    Random random = new Random(seed);
    List<byte[]> pages = new ArrayList<>();
    for (byte[] page : OggFile.pages(file)) {
      int body = 27 + (page[26] & 0xFF);
      for (int i = random.nextInt(6); i > 0 && page.length > body; i--) {
        page[body + random.nextInt(page.length - body)] = (byte) random.nextInt();
      }
      pages.add(OggFile.sealed(page));
    }
    decode(AudioEncoding.DETECT, OggFile.join(pages));
  }

  @Property(tries = 300)
  void survivesRandomOpusPackets(
      @ForAll @IntRange(min = 1, max = 2) int channels, @ForAll long seed) {
    Random random = new Random(seed);
    OggFile file =
        new OggFile()
            .page(OggFile.FIRST, 0, 1, OggFile.head(1, channels, 0, 0, 0))
            .page(0, 0, 1, OggFile.tags());
    for (int i = 0; i < 20; i++) {
      byte[] packet = new byte[1 + random.nextInt(random.nextBoolean() ? 5 : 400)];
      random.nextBytes(packet);
      // Mostly one frame, so that the frame itself is read.
      packet[0] &= (byte) (random.nextInt(4) == 0 ? 0xFF : 0xFC);
      file.page(0, 0, 1, packet);
    }
    decode(AudioEncoding.DETECT, file.bytes());
  }

  @Property(tries = 300)
  void survivesRandomFlacFrames(
      @ForAll @IntRange(min = 1, max = 8) int channels, @ForAll long seed) {
    Random random = new Random(seed);
    FlacFile file = new FlacFile(4096, 16_000, channels, 16).constant(4096, 3);
    byte[] head = file.bytes();
    byte[] content = Arrays.copyOf(head, head.length + 3000);
    byte[] next = new FlacFile(4096, 16_000, channels, 16).frameNumber(1).constant(4096, 3).bytes();
    byte[] tail = new byte[3000];
    random.nextBytes(tail);
    // The header of a frame is right, what follows is not.
    System.arraycopy(next, 42, tail, 0, 9);
    System.arraycopy(tail, 0, content, head.length, tail.length);
    decode(AudioEncoding.DETECT, content);
  }

  private static void decode(AudioEncoding encoding, byte[] content) {
    EncodedAudio audio =
        new EncodedAudio(encoding, encoding.isRaw() ? 16_000 : 0, 0, ByteBuffer.wrap(content));
    long allocated =
        Assertions.assertTimeoutPreemptively(
            LONGEST,
            () -> {
              long before = allocatedBytes();
              try {
                assertThat(DECODER.decode(audio, Decoding.LIMITS).sampleCount())
                    .isBetween(1, 480_000);
              } catch (InvalidArgumentException e) {
                assertThat(e.field())
                    .isIn("content", "encoding", "sample_rate_hertz", "channel_count");
                assertThat(e.problem()).contains("(expected: ");
              }
              return allocatedBytes() - before;
            });
    assertThat(allocated).isLessThan(MOST_BYTES);
  }

  private static long allocatedBytes() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }

  @Provide
  Arbitrary<byte[]> magics() {
    byte[] wav = Arrays.copyOf(fixture("resample-8000.wav"), 20);
    byte[] flac = Arrays.copyOf(fixture("flac-s16-mono.flac"), 8);
    byte[] flacHead = Arrays.copyOf(new FlacFile(4096, 16_000, 1, 16).bytes(), 42);
    return Arbitraries.of(
        wav,
        flac,
        flacHead,
        "RIFF".getBytes(StandardCharsets.US_ASCII),
        "OggS\0".getBytes(StandardCharsets.US_ASCII),
        "ID3\4\0\0\0\0\0\1".getBytes(StandardCharsets.US_ASCII));
  }

  @Provide
  Arbitrary<byte[]> files() {
    return Arbitraries.of(
            "flac-s16-mono.flac",
            "flac-s24-stereo.flac",
            "flac-s16-six-channels.flac",
            "flac-s24-stereo.wav",
            "resample-8000.wav",
            "opus-speech-mono-48000.opus",
            "opus-tones-stereo-48000.opus")
        .map(Decoding::fixture);
  }

  @Provide
  Arbitrary<byte[]> opusFiles() {
    return Arbitraries.of(
            "opus-speech-mono-48000.opus",
            "opus-speech-mono-16000.opus",
            "opus-tones-stereo-48000.opus",
            "opus-tones-mono-8000.opus")
        .map(Decoding::fixture);
  }
}
