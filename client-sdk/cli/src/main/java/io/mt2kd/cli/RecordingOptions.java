package io.mt2kd.cli;

import io.mt2kd.client.AudioEncoding;
import io.mt2kd.client.Recording;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How files are to be read. */
final class RecordingOptions {
  /** Stands for standard input. */
  static final String STANDARD_INPUT = "-";

  /** Names as people write them. */
  enum Encoding {
    WAV,
    FLAC,
    OGG_OPUS,
    PCM_S16LE,
    PCM_F32LE,
    MULAW,
    ALAW
  }

  @Option(
      names = "--encoding",
      description =
          "How files are encoded: ${COMPLETION-CANDIDATES}. Default: WAV, FLAC or Ogg/Opus by their content. Raw ones"
              + " need --sample-rate.")
  private @Nullable Encoding encoding;

  @Option(
      names = "--sample-rate",
      paramLabel = "HERTZ",
      description = "Of raw files: 1000 to 384000.")
  private int sampleRate;

  @Option(
      names = "--channels",
      defaultValue = "1",
      description = "Of raw files, 1 to 32. Default: ${DEFAULT-VALUE}.")
  private int channels = 1;

  /** Reads a file, or standard input for {@code -}. */
  Recording read(String file, InputStream standardInput) throws IOException {
    if (encoding == null && !file.equals(STANDARD_INPUT)) {
      return Recording.file(Path.of(file));
    }
    byte[] content = content(file, standardInput);
    if (encoding == null) {
      return Recording.container(content);
    }
    return switch (encoding) {
      case WAV -> Recording.wav(content);
      case FLAC -> Recording.flac(content);
      case OGG_OPUS -> Recording.oggOpus(content);
      case PCM_S16LE -> Recording.raw(AudioEncoding.PCM_S16LE, content, sampleRate, channels);
      case PCM_F32LE -> Recording.raw(AudioEncoding.PCM_F32LE, content, sampleRate, channels);
      case MULAW -> Recording.raw(AudioEncoding.MULAW, content, sampleRate, channels);
      case ALAW -> Recording.raw(AudioEncoding.ALAW, content, sampleRate, channels);
    };
  }

  private static byte[] content(String file, InputStream standardInput) throws IOException {
    if (!file.equals(STANDARD_INPUT)) {
      Recording whole = Recording.file(Path.of(file));
      byte[] content = new byte[whole.content().remaining()];
      whole.content().get(content);
      return content;
    }
    byte[] content = standardInput.readNBytes(Recording.MAX_BYTES + 1);
    if (content.length > Recording.MAX_BYTES) {
      throw new IOException(
          "more than " + Recording.MAX_BYTES + " bytes (expected: <= " + Recording.MAX_BYTES + ")");
    }
    return content;
  }
}
