package io.mt2kd.gateway.core.batching.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * As Triton's dynamic batcher does it, without a delay: whenever the model is free, those at the
 * head of the one queue that have the same shape run together; the first of another shape ends the
 * batch. Callers pad to the same buckets as the gateway, or no two shapes would ever be the same.
 */
final class FifoBatching implements Policy {
  private final int maximumBatchSize;
  private final Queue<Request> queue = new ArrayDeque<>();
  private boolean busy;

  FifoBatching(int maximumBatchSize) {
    this.maximumBatchSize = maximumBatchSize;
  }

  @Override
  public void arrived(long now, Request request, Dispatch dispatch) {
    queue.add(request);
    run(dispatch);
  }

  @Override
  public void finished(long now, Object tag, Dispatch dispatch) {
    busy = false;
    run(dispatch);
  }

  /** The batcher sits in the server. */
  @Override
  public long hopNanos() {
    return 0;
  }

  private void run(Dispatch dispatch) {
    if (busy || queue.isEmpty()) {
      return;
    }
    busy = true;
    int shape = queue.element().bucketSamples();
    List<Request> batch = new ArrayList<>();
    while (batch.size() < maximumBatchSize
        && !queue.isEmpty()
        && queue.element().bucketSamples() == shape) {
      batch.add(queue.remove());
    }
    dispatch.send(batch, shape, batch);
  }
}
