package io.mt2kd.gateway.core.batching;

import java.time.Duration;
import java.util.Map;

/**
 * What a batcher has to do at one moment.
 *
 * @param utterancesWaiting that have not left
 * @param audioWaiting their length, padding included
 * @param batchesInFlight that the backend has not answered
 * @param audioInFlight their length, padding included
 * @param batchesInFlightLimits most at each of the replicas now, by their names
 */
public record BatcherLoad(
    int utterancesWaiting,
    Duration audioWaiting,
    int batchesInFlight,
    Duration audioInFlight,
    Map<String, Integer> batchesInFlightLimits) {
  public BatcherLoad {
    batchesInFlightLimits = Map.copyOf(batchesInFlightLimits);
  }
}
