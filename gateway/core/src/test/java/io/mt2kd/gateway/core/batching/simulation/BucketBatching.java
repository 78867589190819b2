package io.mt2kd.gateway.core.batching.simulation;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.batching.internal.schedule.Batch;
import io.mt2kd.gateway.core.batching.internal.schedule.BatchScheduler;
import io.mt2kd.gateway.core.batching.internal.schedule.Decisions;
import io.mt2kd.gateway.core.batching.internal.schedule.QueuedUtterance;
import io.mt2kd.gateway.core.inference.Head;
import java.util.List;
import java.util.Set;

/** The gateway's: the very scheduler that serves. */
final class BucketBatching implements Policy {
  final BatchScheduler<Request> scheduler;
  private long wakeNanos = NO_WAKE;

  BucketBatching(BatchingSettings settings, int maximumBatchSize) {
    scheduler = new BatchScheduler<>(settings, new ServiceTimes());
    scheduler.serve(maximumBatchSize, List.of("replica"));
  }

  @Override
  public void arrived(long now, Request request, Dispatch dispatch) {
    arrived(now, request, Priority.INTERACTIVE, dispatch);
  }

  void arrived(long now, Request request, Priority priority, Dispatch dispatch) {
    scheduler.arrive(
        now,
        request,
        request.samples(),
        request.bucketSamples(),
        Set.of(Head.ASR),
        priority,
        request.deadlineNanos());
    decide(now, dispatch);
  }

  @Override
  @SuppressWarnings("unchecked")
  public void finished(long now, Object tag, Dispatch dispatch) {
    scheduler.finished(now, (Batch<Request>) tag, "replica");
    decide(now, dispatch);
  }

  @Override
  public void woken(long now, Dispatch dispatch) {
    decide(now, dispatch);
  }

  @Override
  public long wakeNanos() {
    return wakeNanos;
  }

  private void decide(long now, Dispatch dispatch) {
    Decisions<Request> decisions = scheduler.decide(now);
    for (Batch<Request> batch : decisions.batches()) {
      dispatch.send(
          batch.members().stream().map(QueuedUtterance::utterance).toList(),
          batch.paddedLength(),
          batch);
    }
    decisions.refused().forEach(dispatch::refuse);
    wakeNanos = decisions.wakeNanos();
  }
}
