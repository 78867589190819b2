package io.mt2kd.gateway.audio;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.audio.AudioEncoding;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Real recordings, where they are at hand: the folder in {@code MT2KD_DATA}, else {@code
 * ../shared/data} beside the repository.
 */
class RealRecordingsTest {
  private static final int MD5_AT = 26;

  @Test
  void decodesRealFlacToTheSamplesWhoseDigestItCarries() throws Exception {
    Path data = data();
    int read = 0;
    for (String archive : List.of("sc_dev.zip", "librispeech_test.zip")) {
      try (ZipFile zip = new ZipFile(data.resolve(archive).toFile())) {
        List<? extends ZipEntry> clips =
            zip.stream().filter(e -> e.getName().endsWith(".flac")).toList();
        for (int i = 0; i < clips.size(); i += 10) {
          byte[] file = bytes(zip, clips.get(i));
          short[] samples = Decoding.decode(AudioEncoding.FLAC, 16_000, 1, file);
          assertThat(MessageDigest.getInstance("MD5").digest(WavFile.shorts(samples)))
              .as(clips.get(i).getName())
              .isEqualTo(Arrays.copyOfRange(file, MD5_AT, MD5_AT + 16));
          read++;
        }
      }
    }
    assertThat(read).isGreaterThan(50);
  }

  /** The manifest's durations come from another decoder. */
  @Test
  void decodesRealOpusToTheSamplesInTheManifest() throws Exception {
    Path data = data();
    int read = 0;
    List<String> rows = Files.readAllLines(data.resolve("manifest.tsv"), StandardCharsets.UTF_8);
    List<String> columns = List.of(rows.get(0).split("\t", -1));
    for (int i = 1; i < rows.size(); i += 97) {
      String[] row = rows.get(i).split("\t", -1);
      String path = row[columns.indexOf("path")];
      if (path.endsWith(".opus")) {
        int slash = path.indexOf('/');
        try (ZipFile zip = new ZipFile(data.resolve(path.substring(0, slash)).toFile())) {
          byte[] file = bytes(zip, zip.getEntry(path.substring(slash + 1)));
          short[] samples = Decoding.decode(AudioEncoding.OGG_OPUS, 0, 0, file);
          double expected = Double.parseDouble(row[columns.indexOf("duration")]) * 16_000;
          assertThat((double) samples.length).as(path).isBetween(expected - 2, expected + 2);
          assertThat(samples).as("%s is not silence", path).containsAnyOf(loud(samples));
          read++;
        }
      }
    }
    assertThat(read).isGreaterThan(100);
  }

  /** The loudest sample, which must not be silence. */
  private static short[] loud(short[] samples) {
    short loudest = 0;
    for (short sample : samples) {
      loudest = Math.abs(sample) > Math.abs(loudest) ? sample : loudest;
    }
    assertThat(Math.abs(loudest)).isGreaterThan(20);
    return new short[] {loudest};
  }

  private static byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream stream = zip.getInputStream(entry)) {
      return stream.readAllBytes();
    }
  }

  private static Path data() {
    String named = System.getenv("MT2KD_DATA");
    Path data =
        named != null
            ? Path.of(named)
            : Path.of(System.getProperty("mt2kd.root", "../.."))
                .toAbsolutePath()
                .resolve("../shared/data")
                .normalize();
    boolean present = Files.isRegularFile(data.resolve("manifest.tsv"));
    if (!present) {
      System.err.println(
          "SKIPPED: no recordings in " + data + "; set MT2KD_DATA to the folder with manifest.tsv");
    }
    Assumptions.assumeTrue(present, "recordings in " + data);
    return data;
  }
}
