package io.mt2kd.cli;

import io.mt2kd.client.Recording;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Recordings of one voice, sent together. */
final class VoiceParameters {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "1 to 16 recordings of one voice, 0.1 to 30 seconds each; - is standard input.")
  private List<String> files = new ArrayList<>();

  @Mixin private final RecordingOptions recordings = new RecordingOptions();

  /**
   * Reads them all.
   *
   * @throws IOException naming the file that cannot be read
   */
  Recording[] read(InputStream standardInput) throws IOException {
    List<Recording> read = new ArrayList<>();
    for (String file : files) {
      try {
        read.add(recordings.read(file, standardInput));
      } catch (IOException | IllegalArgumentException e) {
        throw new IOException(file + ": " + ErrorText.describe(e), e);
      }
    }
    return read.toArray(Recording[]::new);
  }
}
