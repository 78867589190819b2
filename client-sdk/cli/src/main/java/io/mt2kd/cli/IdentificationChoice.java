package io.mt2kd.cli;

import io.mt2kd.client.IdentificationOptions;
import picocli.CommandLine.Option;

/** Which candidates to show and when to accept one. */
final class IdentificationChoice {
  @Option(
      names = "--max-candidates",
      paramLabel = "N",
      description = "At most so many candidates. Default: the gateway's 5.")
  private int maxCandidates;

  @Option(
      names = "--false-accept-rate",
      paramLabel = "RATE",
      description =
          "Rate at which strangers may be accepted, 0.0001 to 0.5. Default: the gateway's 0.01.")
  private double falseAcceptRate;

  IdentificationOptions options() {
    return new IdentificationOptions(maxCandidates, falseAcceptRate);
  }
}
