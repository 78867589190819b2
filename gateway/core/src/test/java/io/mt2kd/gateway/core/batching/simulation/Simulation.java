package io.mt2kd.gateway.core.batching.simulation;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Prints how the gateway's batching compares with simpler policies: the tables of
 * docs/benchmarks/batching.md. Argument: arrivals for each row, 100,000 without.
 */
public final class Simulation {
  private static final int MAXIMUM_BATCH_SIZE = 8;
  private static final long SEED = 20_261_125;

  private Simulation() {}

  /** A policy as the table names it. */
  record Contender(String name, Supplier<Policy> policy) {}

  static final List<Contender> CONTENDERS =
      List.of(
          new Contender(
              "gateway", () -> new BucketBatching(BatchingSettings.DEFAULT, MAXIMUM_BATCH_SIZE)),
          new Contender("no batching", NoBatching::new),
          new Contender("FIFO, as Triton", () -> new FifoBatching(MAXIMUM_BATCH_SIZE)),
          new Contender("fixed delay 20 ms", () -> new FixedDelay(MAXIMUM_BATCH_SIZE, 20_000_000)));

  public static void main(String[] arguments) {
    int arrivals = arguments.length == 0 ? 100_000 : Integer.parseInt(arguments[0]);
    long start = System.nanoTime();
    int rows = 0;
    for (CostCurve curve : CostCurve.values()) {
      System.out.printf("%n### %s: %s%n%n", curve, curve.formula);
      System.out.println(
          "| workload | load | policy | answered/s | p50 ms | p95 ms | p99 ms | missed % |"
              + " refused % | mean batch | padding % |");
      System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
      for (Workload workload : Workload.values()) {
        for (double load : loads(curve)) {
          for (Contender contender : CONTENDERS) {
            print(workload, load, contender, outcome(contender, curve, workload, load, arrivals));
            rows++;
          }
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%n%,d arrivals in %.1f s%n",
        (long) rows * arrivals,
        (System.nanoTime() - start) / 1e9);
  }

  static Outcome outcome(
      Contender contender, CostCurve curve, Workload workload, double load, int arrivals) {
    double perSecond = load / workload.meanSecondsAlone(curve);
    return Simulator.run(
        contender.policy().get(), curve, workload.arrivals(perSecond, SEED), arrivals, SEED);
  }

  /** Arrivals over what the backend could answer one by one. */
  private static double[] loads(CostCurve curve) {
    return switch (curve) {
      case CPU -> new double[] {0.5, 0.9, 1.5};
      case GPU -> new double[] {0.5, 2, 6};
    };
  }

  private static void print(Workload workload, double load, Contender contender, Outcome outcome) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %s | %.1f | %.0f | %.0f | %.0f | %.2f | %.2f | %.2f | %.1f |%n",
        workload.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        load,
        contender.name(),
        outcome.throughput(),
        outcome.latencyMillis(0.50),
        outcome.latencyMillis(0.95),
        outcome.latencyMillis(0.99),
        100 * outcome.missed(),
        100 * outcome.refusedShare(),
        outcome.meanBatch(),
        100 * outcome.paddingShare());
  }
}
