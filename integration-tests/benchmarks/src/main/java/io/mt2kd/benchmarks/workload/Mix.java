package io.mt2kd.benchmarks.workload;

import java.util.Set;

/** Which recordings are sent. */
public enum Mix {
  /**
   * Each source of the data equally often: single words, wake words, commands, read sentences,
   * sounds, music.
   */
  SOURCES(Set.of(), true),
  /** Utterances of more than a word, each recording equally often. */
  SPEECH(Set.of("librispeech", "picovoice-wake-word", "picovoice-speech-to-intent"), false),
  /** Each recording equally often: three of four are single words of a second. */
  CLIPS(Set.of(), false);

  private final Set<String> sources;
  private final boolean equalShares;

  /**
   * @param sources that belong to it, all where empty
   * @param equalShares whether each source is as frequent as the others, not each recording
   */
  Mix(Set<String> sources, boolean equalShares) {
    this.sources = sources;
    this.equalShares = equalShares;
  }

  boolean includes(String source) {
    return sources.isEmpty() || sources.contains(source);
  }

  boolean equalShares() {
    return equalShares;
  }
}
