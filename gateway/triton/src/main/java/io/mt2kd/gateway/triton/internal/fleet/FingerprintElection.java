package io.mt2kd.gateway.triton.internal.fleet;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which model is served, where not all replicas have the same one. The vote is that of the replicas
 * that are warmed up, each for the fingerprint that it has:
 *
 * <ol>
 *   <li>whichever more than half of them have is served;
 *   <li>else the one that was served so far, as long as one of them has it;
 *   <li>else the most frequent, of equals the one listed first.
 * </ol>
 *
 * So one replica with another model is kept out, a roll-out switches over once when it is half
 * through, and two replicas switch over with the second. Where the last replica with the old model
 * goes, a new one that waits is taken at once: an answer by the new model is better than none.
 */
final class FingerprintElection {
  private FingerprintElection() {}

  /**
   * @param served so far; null before the first
   * @param votes fingerprint of each replica that is warmed up
   * @return what is served from now on; {@code served} where nobody votes
   */
  static @Nullable String elect(@Nullable String served, Collection<String> votes) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    votes.forEach(vote -> counts.merge(vote, 1, Integer::sum));
    String first = null;
    int most = 0;
    for (Map.Entry<String, Integer> count : counts.entrySet()) {
      if (count.getValue() > most) {
        first = count.getKey();
        most = count.getValue();
      }
    }
    boolean majority = 2 * most > votes.size();
    return first == null || (!majority && counts.containsKey(served)) ? served : first;
  }
}
