package io.mt2kd.benchmarks;

import io.mt2kd.benchmarks.report.Report;
import io.mt2kd.benchmarks.server.Backend;
import io.mt2kd.benchmarks.server.BackendKind;
import io.mt2kd.benchmarks.server.SimulatedArguments;
import io.mt2kd.benchmarks.simulated.CostCurve;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every benchmark can be told. */
final class Options {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it.
  private CommandSpec command;

  @Option(
      names = "--backend",
      defaultValue = "embedded",
      description = "triton, embedded or simulated. Default: ${DEFAULT-VALUE}.")
  private BackendKind backend = BackendKind.EMBEDDED;

  @Option(
      names = "--backend-nice",
      defaultValue = "0",
      description =
          "By how much it gives way to gateway and load, which would have processors of their "
              + "own; 0 to 19. Default: ${DEFAULT-VALUE}.")
  private int backendNice;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of what is drawn. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--simulated-fixed-ms",
      description = "Time of any batch on the simulated device. Default: the published 4.26.")
  private double fixedMillis = CostCurve.PUBLISHED.fixedSeconds() * 1e3;

  @Option(
      names = "--simulated-audio-second-ms",
      description = "Its time for each second of padded audio. Default: 0.189, see CostCurve.")
  private double audioSecondMillis = CostCurve.PUBLISHED.secondsPerAudioSecond() * 1e3;

  @Option(
      names = "--simulated-slowdown",
      defaultValue = "4",
      description =
          "How many times slower it is: this machine must be able to carry the audio. "
              + "Default: ${DEFAULT-VALUE}.")
  private double slowdown = 4;

  @Option(
      names = "--simulated-delay-ms",
      defaultValue = "0",
      description = "Triton's max_queue_delay on it. Default: ${DEFAULT-VALUE}.")
  private double delayMillis;

  BackendKind kind() {
    return backend;
  }

  long seed() {
    return seed;
  }

  Backend start() throws IOException, InterruptedException {
    CostCurve curve = new CostCurve(fixedMillis / 1e3, audioSecondMillis / 1e3).slowed(slowdown);
    Backend started =
        backend.start(
            new SimulatedArguments(curve, Duration.ofNanos(Math.round(delayMillis * 1e6))));
    if (backendNice != 0) {
      started.giveWay(backendNice);
    }
    return started;
  }

  Report report() {
    return new Report(
        command.name() + "-" + backend.name().toLowerCase(Locale.ROOT),
        List.copyOf(command.root().commandLine().getParseResult().originalArgs()));
  }
}
