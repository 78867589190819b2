package io.mt2kd.gateway.core.batching;

import java.time.Duration;

/**
 * What a batcher has to do at one moment.
 *
 * @param utterancesWaiting that have not left
 * @param audioWaiting their length, padding included
 * @param batchesInFlight that the backend has not answered
 * @param audioInFlight their length, padding included
 * @param batchesInFlightLimit most at one replica now
 */
public record BatcherLoad(
    int utterancesWaiting,
    Duration audioWaiting,
    int batchesInFlight,
    Duration audioInFlight,
    int batchesInFlightLimit) {}
