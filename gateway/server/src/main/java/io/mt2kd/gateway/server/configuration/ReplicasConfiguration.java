package io.mt2kd.gateway.server.configuration;

import java.time.Duration;

/**
 * How calls are shared among the replicas of the model.
 *
 * @param discoveryInterval between two looks at the addresses of a {@code dns:///} target
 * @param answerLimit for a look at a replica; one that leaves two in a row unanswered is out
 * @param probeInterval between two small inferences that show that a replica works
 * @param stallLimit for which a replica with calls under way may end none of them; above the probe
 *     interval
 * @param ejectionTime that a replica is out for failing or stalling the first time; twice as long
 *     each time in a row, up to 32 times
 * @param slowStart over which a newcomer's share grows to a whole one; 0 for none
 * @param maxCalls under way at one replica, 1 to 65,536
 * @param cancelUpstream whether the caller's cancel and deadline reach the server, which Triton
 *     before 24.12 does not survive
 */
public record ReplicasConfiguration(
    Duration discoveryInterval,
    Duration answerLimit,
    Duration probeInterval,
    Duration stallLimit,
    Duration ejectionTime,
    Duration slowStart,
    int maxCalls,
    boolean cancelUpstream) {
  public static final ReplicasConfiguration DEFAULT =
      new ReplicasConfiguration(
          Duration.ofSeconds(10),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          256,
          false);

  public ReplicasConfiguration {
    Require.positive("replicas.discovery-interval", discoveryInterval);
    Require.positive("replicas.answer-limit", answerLimit);
    Require.positive("replicas.probe-interval", probeInterval);
    Require.positive("replicas.stall-limit", stallLimit);
    Require.that(
        probeInterval.compareTo(stallLimit) < 0,
        "replicas.probe-interval",
        probeInterval,
        "less than replicas.stall-limit, " + stallLimit);
    Require.positive("replicas.ejection-time", ejectionTime);
    Require.positiveOrZero("replicas.slow-start", slowStart);
    Require.that(
        maxCalls >= 1 && maxCalls <= 1 << 16, "replicas.max-calls", maxCalls, "1 to 65536");
  }
}
