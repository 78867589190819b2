package io.mt2kd.benchmarks;

import io.grpc.ManagedChannel;
import io.mt2kd.benchmarks.load.DirectCaller;
import io.mt2kd.benchmarks.report.Report;
import io.mt2kd.benchmarks.server.Backend;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The backend's own time as a function of N and bucket. */
@Command(name = "curve", description = "The backend's time by batch size and bucket.")
final class CurveBenchmark implements Callable<Integer> {
  @Mixin private final Options options = new Options();

  @Option(
      names = "--rounds",
      defaultValue = "9",
      description = "Measurements of each kind. Default: ${DEFAULT-VALUE}.")
  private int rounds = 9;

  @Option(
      names = "--in-flight",
      defaultValue = "2",
      description = "Batches at once, as the gateway has. Default: ${DEFAULT-VALUE}.")
  private int inFlight = 2;

  @Override
  public Integer call() throws Exception {
    Report report = options.report();
    try (Backend backend = options.start()) {
      ManagedChannel channel = backend.channel();
      BackendCurve curve =
          BackendCurve.measure(
              new DirectCaller(channel, samples -> samples),
              backend::processorTime,
              rounds,
              inFlight,
              options.seed());
      report.table("Time of a batch, " + inFlight + " in flight", curve.table());
      channel.shutdownNow();
    }
    report.write();
    return 0;
  }
}
