package io.mt2kd.gateway.triton;

/**
 * What has been sent on from one replica to another so far.
 *
 * @param retries after a failure
 * @param moves because a replica did not answer
 * @param refused how often the budget had no room for one; a batch whose replica stays silent asks
 *     again and again
 * @param budget what is left of it for retries and moves, as a share of a full one: 0 to 1
 */
public record FailOverStatus(long retries, long moves, long refused, double budget) {}
