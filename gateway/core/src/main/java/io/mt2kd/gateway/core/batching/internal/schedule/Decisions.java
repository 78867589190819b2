package io.mt2kd.gateway.core.batching.internal.schedule;

import java.util.List;

/**
 * What is to be done now.
 *
 * @param batches that leave, each into a slot of its own
 * @param refused that could not be answered before their deadlines any more
 * @param wakeNanos when to ask again at the latest, unless something happens before; {@link
 *     #NO_WAKE} for not at all
 * @param <U> what the caller knows an utterance by
 */
public record Decisions<U>(List<Batch<U>> batches, List<U> refused, long wakeNanos) {
  /** Nothing depends on the time. */
  public static final long NO_WAKE = Long.MAX_VALUE;
}
