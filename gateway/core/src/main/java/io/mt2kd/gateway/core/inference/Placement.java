package io.mt2kd.gateway.core.inference;

import java.util.Set;

/** What whoever sends a batch says of the replicas, and is told of its way. Thread-safe. */
public interface Placement {
  /** Of one who does not mind. */
  Placement ANYWHERE =
      new Placement() {
        @Override
        public Set<String> full() {
          return Set.of();
        }

        @Override
        public void goesTo(String replica) {}
      };

  /**
   * Replicas that have as many batches as they should now: they are chosen after all others. Must
   * not block.
   */
  Set<String> full();

  /**
   * The batch goes to this replica: told before it leaves, and again where it is sent on to
   * another. Must not block. What is told after the answer means nothing.
   */
  void goesTo(String replica);
}
