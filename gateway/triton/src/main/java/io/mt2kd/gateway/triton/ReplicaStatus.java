package io.mt2kd.gateway.triton;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a replica does at one moment.
 *
 * @param replica its address
 * @param state whether it takes calls
 * @param reason why it does not; empty where it does
 * @param fingerprint of the model that it serves; null while that is not known
 * @param outstanding audio of the calls under way at it, padding included, those included that
 *     nobody waits for any more
 * @param calls that hold a place at it, of {@link TritonOptions#callsPerReplica}
 * @param weight share of a whole replica that it counts as: above 0, at most 1, less for a newcomer
 * @param breakerOpen whether too many of its last calls found nobody who answers
 * @param ejections how often it has been taken out so far
 */
public record ReplicaStatus(
    String replica,
    State state,
    String reason,
    @Nullable String fingerprint,
    Duration outstanding,
    int calls,
    double weight,
    boolean breakerOpen,
    long ejections) {

  /** Whether it takes calls. */
  public enum State {
    /** No model is known to be there. */
    ABSENT,
    /** The model is there and runs its first batches. */
    WARMING_UP,
    /** It takes calls. */
    SERVING,
    /** It works, but serves another model than the others. */
    KEPT_OUT,
    /** It failed or stalled, and is left alone for a while. */
    EJECTED
  }
}
