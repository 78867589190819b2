package io.mt2kd.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code benchmark}. */
@Command(
    name = "benchmark",
    description = "What the gateway costs and gains, as ratios of two sides in one run.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    usageHelpAutoWidth = true,
    subcommands = {
      OverheadBenchmark.class,
      CurveBenchmark.class,
      MixBenchmark.class,
      TasksBenchmark.class,
      OverloadBenchmark.class,
      CostBenchmark.class
    })
public final class Main implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it.
  private CommandSpec spec;

  private Main() {}

  public static void main(String[] arguments) {
    int status =
        new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true).execute(arguments);
    System.exit(status);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which benchmark?");
  }
}
