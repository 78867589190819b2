package io.mt2kd.benchmarks.simulated;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;

/**
 * Which waiting requests run together: Triton's dynamic batcher. They are taken in the order of
 * their arrival; the first one of another shape, or for which there is no room, closes the batch. A
 * request is never split. Nobody looks past the one that closed it.
 */
final class BatchRule {
  private final int maximumBatchSize;

  BatchRule(int maximumBatchSize) {
    this.maximumBatchSize = maximumBatchSize;
  }

  /**
   * A request as the batcher sees it.
   *
   * @param rows utterances in it
   * @param samples that each is padded to
   */
  interface Shaped {
    int rows();

    int samples();
  }

  /**
   * @param requests at the head of the queue that run together
   * @param closed whether waiting adds none to them
   */
  record Gathered<T>(List<T> requests, boolean closed) {
    Gathered {
      requests = List.copyOf(requests);
    }
  }

  /** Looks at the queue without taking anything out; it is not empty. */
  <T extends Shaped> Gathered<T> gather(Queue<T> queue) {
    List<T> batch = new ArrayList<>();
    int rows = 0;
    int samples = queue.element().samples();
    for (Iterator<T> waiting = queue.iterator(); waiting.hasNext(); ) {
      T next = waiting.next();
      if (next.samples() != samples || rows + next.rows() > maximumBatchSize) {
        return new Gathered<>(batch, true);
      }
      batch.add(next);
      rows += next.rows();
    }
    return new Gathered<>(batch, rows == maximumBatchSize);
  }
}
