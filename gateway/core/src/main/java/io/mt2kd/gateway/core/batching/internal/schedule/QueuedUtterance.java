package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.inference.Head;
import java.util.Set;

/**
 * One utterance on its way through a {@link BatchScheduler}, and the caller's handle to it.
 *
 * @param <U> what the caller knows it by
 */
public final class QueuedUtterance<U> {
  /** Where it is. */
  enum State {
    WAITING,
    SENT,
    ENDED
  }

  private final U utterance;
  private final long sequence;
  private final int samples;
  private final int bucketSamples;
  private final Set<Head> heads;
  private final Priority priority;
  private final long arrivalNanos;
  private final long deadlineNanos;
  private State state = State.WAITING;
  private boolean isolated;

  QueuedUtterance(
      U utterance,
      long sequence,
      int samples,
      int bucketSamples,
      Set<Head> heads,
      Priority priority,
      long arrivalNanos,
      long deadlineNanos) {
    this.utterance = utterance;
    this.sequence = sequence;
    this.samples = samples;
    this.bucketSamples = bucketSamples;
    this.heads = heads;
    this.priority = priority;
    this.arrivalNanos = arrivalNanos;
    this.deadlineNanos = deadlineNanos;
  }

  public U utterance() {
    return utterance;
  }

  /** Its own, without padding. */
  int samples() {
    return samples;
  }

  /** The edge of its bucket: those that it is padded to at most. */
  public int bucketSamples() {
    return bucketSamples;
  }

  public Set<Head> heads() {
    return heads;
  }

  public Priority priority() {
    return priority;
  }

  public long arrivalNanos() {
    return arrivalNanos;
  }

  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** Tells apart those of one deadline: in the order of their arrival. */
  long sequence() {
    return sequence;
  }

  State state() {
    return state;
  }

  void become(State next) {
    state = next;
  }

  /** Whether it leaves alone: it was in a batch that failed, and may be the reason. */
  boolean isolated() {
    return isolated;
  }

  void isolate() {
    isolated = true;
  }
}
