package io.mt2kd.gateway.triton;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How the gateway talks to servers of Triton's protocol.
 *
 * @param model name of the ensemble
 * @param safetyLimit after which a call is given up for lost; far above the slowest honest answer,
 *     because giving up cancels upstream, which has been seen to kill Triton 24.10
 * @param cancelUpstream whether a caller that gives up takes its upstream call with it: only for
 *     servers known to survive that, Triton 24.12 and later
 * @param callsPerReplica most calls under way at one replica, at least 1
 * @param slowStart over which the share of a newcomer grows to a whole one; zero for none
 * @param discoveryInterval between two looks at where the replicas are
 * @param health how it is found out whether a replica works
 */
public record TritonOptions(
    String model,
    Duration safetyLimit,
    boolean cancelUpstream,
    int callsPerReplica,
    Duration slowStart,
    Duration discoveryInterval,
    HealthOptions health) {
  /** The ensemble {@code mt2kd}, two minutes, never cancelled, 256 calls, 30 s, 10 s. */
  public static final TritonOptions DEFAULT =
      new TritonOptions(
          "mt2kd",
          Duration.ofMinutes(2),
          false,
          256,
          Duration.ofSeconds(30),
          Duration.ofSeconds(10),
          HealthOptions.DEFAULT);

  public TritonOptions {
    requireNonNull(model, "model");
    requireNonNull(health, "health");
    HealthOptions.requirePositive("safetyLimit", safetyLimit);
    HealthOptions.requirePositive("discoveryInterval", discoveryInterval);
    if (callsPerReplica < 1) {
      throw new IllegalArgumentException(
          "callsPerReplica: " + callsPerReplica + " (expected: >= 1)");
    }
    if (slowStart.isNegative()) {
      throw new IllegalArgumentException("slowStart: " + slowStart + " (expected: >= 0)");
    }
  }
}
