package io.mt2kd.benchmarks.workload;

import java.util.List;
import java.util.Random;

/** An endless order of utterances; the same seed gives the same. Thread-safe. */
public final class Sequence {
  private final List<Utterance> utterances;
  private final Random random;
  private long drawn;

  public Sequence(List<Utterance> utterances, long seed) {
    this.utterances = List.copyOf(utterances);
    this.random = new Random(seed);
  }

  public synchronized Utterance next() {
    drawn++;
    return utterances.get(random.nextInt(utterances.size()));
  }

  /** How many have been given out. */
  public synchronized long drawn() {
    return drawn;
  }
}
