package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.inference.Head;
import java.util.List;
import java.util.Set;

/**
 * Utterances that leave together.
 *
 * @param id different for each batch of a scheduler
 * @param members at least one, the earliest deadline first; after them those that got the empty
 *     places
 * @param bucketSamples edge of their bucket
 * @param heads that any of them asks for
 * @param sentNanos when it left
 * @param replica that it is expected to go to: the first to be out of work
 * @param <U> what the caller knows an utterance by
 */
public record Batch<U>(
    long id,
    List<QueuedUtterance<U>> members,
    int bucketSamples,
    Set<Head> heads,
    long sentNanos,
    String replica) {
  public Batch {
    members = List.copyOf(members);
  }

  public int size() {
    return members.size();
  }

  /** Samples that each member is padded to. */
  public int paddedLength() {
    return PaddedLength.of(members.stream().mapToInt(QueuedUtterance::samples), bucketSamples);
  }

  /** What the backend computes, padding included. */
  long paddedSamples() {
    return (long) members.size() * paddedLength();
  }
}
