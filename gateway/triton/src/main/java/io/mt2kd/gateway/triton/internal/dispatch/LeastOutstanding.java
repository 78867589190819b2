package io.mt2kd.gateway.triton.internal.dispatch;

import io.mt2kd.gateway.triton.internal.replica.Replica;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the replica that will be done first, as far as that can be told from audio:
 *
 * <pre>
 * load(replica) = (outstanding + batch) / weight          audio in samples, padding included
 * </pre>
 *
 * {@code outstanding} is what is under way there, also what nobody waits for any more: the server
 * works on it all the same. {@code weight} is 1, and less for a newcomer: {@link
 * io.mt2kd.gateway.triton.internal.replica.SlowStart}. The least load is chosen, of equals one
 * after the other; those that have as many batches as they should come after all others, so that a
 * newcomer has work sooner where the others have all they can do.
 *
 * <ol>
 *   <li>Replicas that this batch has not been sent to yet, that are not doubtful and whose gate
 *       lets a call in, the least loaded first.
 *   <li>Where there is none of those: doubtful ones and those with an open breaker too, as long as
 *       they have a place. A doubtful replica is better than none.
 * </ol>
 *
 * Between the reading of the loads and the sending others may have sent too; the next choice sees
 * that. Thread-safe.
 */
final class LeastOutstanding {
  private final AtomicInteger turn = new AtomicInteger();

  /**
   * @param tried where the batch has been already
   * @param full names of those that have as many batches as they should
   * @param samples of the batch, padding included
   * @return one with a place taken, or null where there is none
   */
  @Nullable Replica choose(
      List<Replica> serving, Collection<Replica> tried, Collection<String> full, long samples) {
    List<Loaded> candidates = new ArrayList<>();
    for (Replica replica : serving) {
      if (!tried.contains(replica)) {
        candidates.add(
            new Loaded(
                replica,
                full.contains(replica.name()),
                (replica.outstandingSamples() + samples) / replica.weight()));
      }
    }
    if (candidates.isEmpty()) {
      return null;
    }
    // The sort is stable: of equals, whoever comes first.
    Collections.rotate(candidates, Math.floorMod(turn.getAndIncrement(), candidates.size()));
    candidates.sort(Comparator.comparing(Loaded::full).thenComparingDouble(Loaded::load));
    for (Loaded candidate : candidates) {
      if (!candidate.replica().isDoubtful() && candidate.replica().tryEnter(false)) {
        return candidate.replica();
      }
    }
    for (Loaded candidate : candidates) {
      if (candidate.replica().tryEnter(true)) {
        return candidate.replica();
      }
    }
    return null;
  }

  private record Loaded(Replica replica, boolean full, double load) {}
}
