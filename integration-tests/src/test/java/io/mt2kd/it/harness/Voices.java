package io.mt2kd.it.harness;

import io.mt2kd.client.Recording;
import io.mt2kd.it.harness.Recordings.Clip;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Two people: real ones that nobody trained on, in single words; where this machine has no
 * recordings, the two of the demonstration, whom a synthesiser made.
 *
 * @param enrollment of the first
 * @param probe of the first, other recordings
 * @param other recordings of the second
 */
public record Voices(Recording[] enrollment, Recording[] probe, Recording[] other) {
  private static final int WORDS = 12;

  /** The real ones, the two who said most, or else those of the demonstration. */
  public static Voices find() throws IOException {
    return Checkout.recordings().isPresent() ? real() : ofTheDemonstration();
  }

  private static Voices ofTheDemonstration() throws IOException {
    return new Voices(
        new Recording[] {demonstration("anna-enrolls-1"), demonstration("anna-enrolls-2")},
        new Recording[] {demonstration("anna-speaks")},
        new Recording[] {demonstration("bruno-speaks")});
  }

  private static Recording demonstration(String name) throws IOException {
    try (InputStream in = Voices.class.getResourceAsStream("/demo/" + name + ".flac")) {
      if (in == null) {
        throw new IOException("no " + name + " among the demonstration's recordings");
      }
      return Recording.container(in.readAllBytes());
    }
  }

  private static Voices real() throws IOException {
    Recordings recordings = Recordings.require();
    List<Clip> one = spread(recordings.voices().get(0), 2 * WORDS);
    List<Clip> other = spread(recordings.voices().get(1), WORDS);
    return new Voices(
        recordings.read(one.subList(0, WORDS)),
        recordings.read(one.subList(WORDS, 2 * WORDS)),
        recordings.read(other));
  }

  /** So many of them, at equal distances: a speaker's clips are in the order of their words. */
  private static List<Clip> spread(List<Clip> clips, int count) {
    List<Clip> chosen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // First all even ones, then all odd ones, so that halves of the choice share the words.
      int position = i < (count + 1) / 2 ? 2 * i : 2 * (i - (count + 1) / 2) + 1;
      chosen.add(clips.get(position * clips.size() / count));
    }
    return chosen;
  }
}
