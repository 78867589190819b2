package io.mt2kd.client;

import java.util.List;

/**
 * What was said.
 *
 * @param text the words, one space between them; empty when nothing was recognised or recognition
 *     was not asked for
 * @param words in the order of their start
 */
public record Transcript(String text, List<Word> words) {
  /** What is there when recognition was not asked for. */
  public static final Transcript EMPTY = new Transcript("", List.of());

  /** Copies the words. */
  public Transcript {
    words = List.copyOf(words);
  }
}
