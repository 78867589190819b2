package io.mt2kd.benchmarks.workload;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.mt2kd.gateway.audio.StandardAudioDecoder;
import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.it.harness.Checkout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The folder of recordings, {@code MT2KD_DATA} or {@code shared/data} beside the checkout. */
public final class Corpus {
  private static final LengthLimits LIMITS = new LengthLimits(1_600, 480_000);

  private final StandardAudioDecoder decoder = new StandardAudioDecoder();
  private final Path folder;
  private final List<Clip> clips;

  private Corpus(Path folder, List<Clip> clips) {
    this.folder = folder;
    this.clips = clips;
  }

  private record Clip(String path, String source, double seconds) {}

  /**
   * Opens it.
   *
   * @throws IOException where this machine has none
   */
  public static Corpus open() throws IOException {
    Path folder =
        Checkout.recordings()
            .orElseThrow(() -> new IOException("MT2KD_DATA names no folder of recordings"));
    List<String> lines = Files.readAllLines(folder.resolve("manifest.tsv"), UTF_8);
    List<String> names = Arrays.asList(lines.get(0).split("\t", -1));
    int path = names.indexOf("path");
    int source = names.indexOf("source");
    int duration = names.indexOf("duration");
    return new Corpus(
        folder,
        lines.stream()
            .skip(1)
            .map(line -> line.split("\t", -1))
            .map(row -> new Clip(row[path], row[source], Double.parseDouble(row[duration])))
            .filter(clip -> clip.seconds > 0.1 && clip.seconds < 30)
            .toList());
  }

  /**
   * Draws recordings and decodes them.
   *
   * @param seed the same gives the same
   */
  public List<Utterance> draw(Mix mix, int count, long seed) throws IOException {
    List<List<Clip>> groups = groups(mix);
    Random random = new Random(seed);
    List<Utterance> utterances = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Clip> group = groups.get(i % groups.size());
      utterances.add(Utterance.of(i, decode(group.get(random.nextInt(group.size())))));
    }
    return utterances;
  }

  private List<List<Clip>> groups(Mix mix) {
    List<Clip> included = clips.stream().filter(clip -> mix.includes(clip.source)).toList();
    if (!mix.equalShares()) {
      return List.of(included);
    }
    return included.stream()
        .map(Clip::source)
        .distinct()
        .map(source -> included.stream().filter(clip -> clip.source.equals(source)).toList())
        .toList();
  }

  /** The file of a kind, by the end of its name, whose length is nearest to so many seconds. */
  public byte[] nearest(String extension, double seconds) throws IOException {
    Clip nearest =
        clips.stream()
            .filter(clip -> clip.path.endsWith(extension))
            .min(Comparator.comparingDouble(clip -> Math.abs(clip.seconds - seconds)))
            .orElseThrow(() -> new IOException("no recording whose name ends in " + extension));
    return read(nearest);
  }

  private short[] decode(Clip clip) throws IOException {
    ShortBuffer decoded =
        decoder
            .decode(
                new EncodedAudio(AudioEncoding.DETECT, 0, 0, ByteBuffer.wrap(read(clip))), LIMITS)
            .samples();
    short[] samples = new short[decoded.remaining()];
    decoded.get(samples);
    return samples;
  }

  private byte[] read(Clip clip) throws IOException {
    // zip/member
    String[] parts = clip.path.split("/", 2);
    try (ZipFile zip = new ZipFile(folder.resolve(parts[0]).toFile())) {
      ZipEntry entry = zip.getEntry(parts[1]);
      if (entry == null) {
        throw new IOException("no " + parts[1] + " in " + parts[0]);
      }
      try (InputStream in = zip.getInputStream(entry)) {
        return in.readAllBytes();
      }
    }
  }
}
