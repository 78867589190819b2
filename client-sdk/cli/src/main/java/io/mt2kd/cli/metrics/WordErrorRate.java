package io.mt2kd.cli.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Word error rate of many utterances: all errors over all words of the references. Its units are
 * speakers, whose utterances stand or fall together, since utterances of one speaker are not
 * independent.
 */
public final class WordErrorRate {
  private final List<WordErrors> speakers;

  /**
   * Of these utterances.
   *
   * @param speakerOf who spoke each; the utterance's own id where nobody knows
   */
  public WordErrorRate(List<WordErrors> utterances, List<String> speakerOf) {
    Map<String, WordErrors> bySpeaker = new LinkedHashMap<>();
    for (int i = 0; i < utterances.size(); i++) {
      bySpeaker.merge(speakerOf.get(i), utterances.get(i), WordErrors::plus);
    }
    this.speakers = List.copyOf(bySpeaker.values());
  }

  /** Speakers. */
  public int units() {
    return speakers.size();
  }

  /** All of them together. */
  public WordErrors total() {
    return speakers.stream().reduce(new WordErrors(0, 0, 0, 0), WordErrors::plus);
  }

  /**
   * NaN without a word of reference.
   *
   * @param weights how many times each speaker counts
   */
  public double rate(int[] weights) {
    long errors = 0;
    long words = 0;
    for (int i = 0; i < weights.length; i++) {
      errors += (long) weights[i] * speakers.get(i).errors();
      words += (long) weights[i] * speakers.get(i).referenceWords();
    }
    return words == 0 ? Double.NaN : (double) errors / words;
  }
}
