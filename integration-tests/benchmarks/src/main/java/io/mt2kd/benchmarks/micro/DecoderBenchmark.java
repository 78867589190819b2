package io.mt2kd.benchmarks.micro;

import io.mt2kd.benchmarks.workload.Corpus;
import io.mt2kd.gateway.audio.StandardAudioDecoder;
import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.it.harness.Waveforms;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Decoding of one recording of about two seconds: 16 kHz WAV made here; the FLAC and the Opus file
 * of the recordings that come nearest to that length; and raw 16-bit samples at other rates, which
 * are resampled.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecoderBenchmark {
  private static final double SECONDS = 2;
  private static final int WAV_HEADER_BYTES = 44;
  private static final LengthLimits LIMITS = new LengthLimits(1_600, 480_000);

  @Param({"wav", "flac", "opus", "pcm 48000", "pcm 8000", "pcm 44100"})
  @SuppressWarnings("NullAway.Init") // JMH sets it.
  private String input;

  private final StandardAudioDecoder decoder = new StandardAudioDecoder();
  private @Nullable EncodedAudio audio;

  @Setup
  public void read() throws IOException {
    String[] words = input.split(" ", 2);
    audio =
        switch (words[0]) {
          case "wav" -> container(wav(Waveforms.voiceLike((int) (SECONDS * 16_000), 1)));
          case "flac", "opus" ->
              container(ByteBuffer.wrap(Corpus.open().nearest("." + words[0], SECONDS)));
          default -> raw(Integer.parseInt(words[1]));
        };
  }

  @Benchmark
  public Waveform decode() {
    EncodedAudio recording = audio;
    if (recording == null) {
      throw new IllegalStateException("not set up");
    }
    return decoder.decode(recording, LIMITS);
  }

  private static EncodedAudio container(ByteBuffer content) {
    return new EncodedAudio(AudioEncoding.DETECT, 0, 0, content);
  }

  private static EncodedAudio raw(int rate) {
    short[] samples = Waveforms.voiceLike((int) (SECONDS * rate), 1);
    ByteBuffer content =
        ByteBuffer.allocate(samples.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    content.asShortBuffer().put(samples);
    return new EncodedAudio(AudioEncoding.PCM_S16LE, rate, 1, content);
  }

  private static ByteBuffer wav(short[] samples) {
    int bytes = samples.length * Short.BYTES;
    ByteBuffer file = ByteBuffer.allocate(WAV_HEADER_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
    file.put(ascii("RIFF")).putInt(WAV_HEADER_BYTES - 8 + bytes).put(ascii("WAVE"));
    file.put(ascii("fmt ")).putInt(16).putShort((short) 1).putShort((short) 1);
    file.putInt(16_000).putInt(16_000 * Short.BYTES).putShort((short) 2).putShort((short) 16);
    file.put(ascii("data")).putInt(bytes);
    file.asShortBuffer().put(samples);
    return file.rewind();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
