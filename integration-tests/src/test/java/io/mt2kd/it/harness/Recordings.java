package io.mt2kd.it.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.mt2kd.client.Recording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Real recordings of unseen speakers and sounds: the test split of the folder of recordings. */
public final class Recordings {
  private final Path folder;
  private final List<Clip> clips;

  private Recordings(Path folder, List<Clip> clips) {
    this.folder = folder;
    this.clips = clips;
  }

  /**
   * What is known of a recording.
   *
   * @param text what is said; empty where nothing is
   * @param labels what is heard, space-separated
   */
  public record Clip(
      String id, String path, String speaker, String text, String labels, String source) {}

  /**
   * Opens the folder.
   *
   * @throws org.opentest4j.TestAbortedException where this machine has none, loudly
   */
  public static Recordings require() throws IOException {
    Path folder =
        Checkout.recordings()
            .orElseThrow(
                () -> LoudSkip.because("real recordings: MT2KD_DATA names no folder of them"));
    List<String> lines = Files.readAllLines(folder.resolve("manifest.tsv"), UTF_8);
    List<String> names = Arrays.asList(lines.get(0).split("\t", -1));
    List<Clip> clips =
        lines.stream()
            .skip(1)
            .map(line -> line.split("\t", -1))
            .filter(row -> row[names.indexOf("split")].equals("test"))
            .map(
                row ->
                    new Clip(
                        row[names.indexOf("id")],
                        row[names.indexOf("path")],
                        row[names.indexOf("speaker")],
                        row[names.indexOf("text")],
                        row[names.indexOf("labels")],
                        row[names.indexOf("source")]))
            .toList();
    return new Recordings(folder, clips);
  }

  /** All clips of the test split. */
  public List<Clip> clips() {
    return clips;
  }

  /** Single words by speaker, those speakers first who said most. */
  public List<List<Clip>> voices() {
    Map<String, List<Clip>> bySpeaker = new TreeMap<>();
    for (Clip clip : clips) {
      if (clip.source().equals("speech-commands")) {
        bySpeaker.computeIfAbsent(clip.speaker(), id -> new java.util.ArrayList<>()).add(clip);
      }
    }
    return bySpeaker.values().stream().sorted((one, other) -> other.size() - one.size()).toList();
  }

  /** The file's bytes, as a caller would send them. */
  public Recording read(Clip clip) throws IOException {
    // zip/member
    String[] parts = clip.path().split("/", 2);
    try (ZipFile zip = new ZipFile(folder.resolve(parts[0]).toFile())) {
      ZipEntry entry = zip.getEntry(parts[1]);
      if (entry == null) {
        throw new IOException("no " + parts[1] + " in " + parts[0]);
      }
      try (var in = zip.getInputStream(entry)) {
        return Recording.container(in.readAllBytes());
      }
    }
  }

  /** The files of some clips. */
  public Recording[] read(List<Clip> some) throws IOException {
    Recording[] recordings = new Recording[some.size()];
    for (int i = 0; i < recordings.length; i++) {
      recordings[i] = read(some.get(i));
    }
    return recordings;
  }
}
