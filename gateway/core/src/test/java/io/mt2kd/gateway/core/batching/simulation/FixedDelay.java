package io.mt2kd.gateway.core.batching.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A batch of a bucket leaves when it is full or when its first member has waited for so long. */
final class FixedDelay implements Policy {
  private final int maximumBatchSize;
  private final long delayNanos;
  private final Map<Integer, List<Request>> buckets = new TreeMap<>();

  FixedDelay(int maximumBatchSize, long delayNanos) {
    this.maximumBatchSize = maximumBatchSize;
    this.delayNanos = delayNanos;
  }

  @Override
  public void arrived(long now, Request request, Dispatch dispatch) {
    List<Request> bucket =
        buckets.computeIfAbsent(request.bucketSamples(), samples -> new ArrayList<>());
    bucket.add(request);
    if (bucket.size() == maximumBatchSize) {
      leave(request.bucketSamples(), dispatch);
    }
  }

  @Override
  public void finished(long now, Object tag, Dispatch dispatch) {}

  @Override
  public void woken(long now, Dispatch dispatch) {
    List<Integer> due =
        buckets.entrySet().stream()
            .filter(bucket -> bucket.getValue().get(0).arrivalNanos() + delayNanos <= now)
            .map(Map.Entry::getKey)
            .toList();
    due.forEach(samples -> leave(samples, dispatch));
  }

  @Override
  public long wakeNanos() {
    return buckets.values().stream()
        .mapToLong(bucket -> bucket.get(0).arrivalNanos() + delayNanos)
        .min()
        .orElse(NO_WAKE);
  }

  private void leave(int samples, Dispatch dispatch) {
    List<Request> batch = buckets.remove(samples);
    dispatch.send(batch, samples, batch);
  }
}
