package io.mt2kd.gateway.core.assembly;

import io.mt2kd.gateway.core.inference.UtteranceOutput.TokenFrames;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What was said: tokens put together to words.
 *
 * <p>A token whose text starts with '▁' begins a word, as does the first token of all; the rest
 * continue it. A word starts at the frame of its first token and ends one frame after that of its
 * last, so words are in order and never overlap. Its confidence is the geometric mean of its
 * tokens' probabilities.
 *
 * @param words in the order of time; none is empty
 */
public record Transcript(List<Word> words) {
  private static final char WORD_START = '▁';

  public Transcript {
    words = List.copyOf(words);
  }

  /**
   * @param text without spaces
   * @param start from the start of the recording
   * @param end from the start of the recording
   * @param confidence in (0, 1]
   */
  public record Word(String text, Duration start, Duration end, double confidence) {}

  /** The words with one space between them. */
  public String text() {
    return words.stream().map(Word::text).collect(Collectors.joining(" "));
  }

  /**
   * @param frames as the recogniser's head gave them
   * @param manifest of the same model
   * @throws IllegalArgumentException on a token that the manifest does not know
   */
  public static Transcript of(TokenFrames frames, ModelManifest manifest) {
    List<Word> words = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    int first = 0;
    int last = 0;
    int count = 0;
    double logProbability = 0;
    for (int frame = 0; frame < frames.tokens().length; frame++) {
      int token = frames.tokens()[frame];
      if (token == 0) {
        continue;
      }
      if (token < 0 || token >= manifest.tokens().size()) {
        throw new IllegalArgumentException(
            "token " + token + " (expected: 0 to " + (manifest.tokens().size() - 1) + ")");
      }
      String piece = manifest.tokens().get(token);
      boolean startsWord = piece.charAt(0) == WORD_START;
      if (count > 0 && startsWord) {
        close(words, text, first, last, logProbability / count, manifest);
        count = 0;
        logProbability = 0;
      }
      if (count == 0) {
        first = frame;
      }
      text.append(startsWord ? piece.substring(1) : piece);
      last = frame;
      logProbability += frames.logProbabilities()[frame];
      count++;
    }
    if (count > 0) {
      close(words, text, first, last, logProbability / count, manifest);
    }
    return new Transcript(words);
  }

  private static void close(
      List<Word> words,
      StringBuilder text,
      int first,
      int last,
      double meanLogProbability,
      ModelManifest manifest) {
    if (!text.isEmpty()) {
      words.add(
          new Word(
              text.toString(),
              time(first, manifest),
              time(last + 1, manifest),
              // A model's rounding may carry a score past 0, or a hopeless one below what exp tells
              // from nothing.
              Math.min(1, Math.max(Double.MIN_NORMAL, Math.exp(meanLogProbability)))));
    }
    text.setLength(0);
  }

  private static Duration time(int frame, ModelManifest manifest) {
    return Duration.ofNanos(Math.round(frame * manifest.tokenSeconds() * 1e9));
  }
}
