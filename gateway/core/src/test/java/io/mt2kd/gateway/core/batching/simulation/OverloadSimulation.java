package io.mt2kd.gateway.core.batching.simulation;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.Priority;
import java.util.List;
import java.util.Locale;

/**
 * Prints what becomes of goodput at three times the capacity, with and without admission: the
 * tables of docs/benchmarks/batching.md. Argument: arrivals for each row, 100,000 without.
 */
public final class OverloadSimulation {
  private static final int MAXIMUM_BATCH_SIZE = 8;
  private static final long SEED = 20_261_125;
  private static final double OVERLOAD = 3;
  private static final int EVERY_THIRD = 3;

  private OverloadSimulation() {}

  /** A policy's run, and how many admission refused in it. */
  record Run(Outcome outcome, AdmittedBatching policy) {
    double audioGoodput() {
      return outcome.audioGoodput();
    }
  }

  public static void main(String[] arguments) {
    int arrivals = arguments.length == 0 ? 100_000 : Integer.parseInt(arguments[0]);
    System.out.println(
        "| curve | workload | arrivals | admission | goodput/s | audio s/s | of peak % | shed % |"
            + " refused later % | late % | in time, of admitted % | p95 ms |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (CostCurve curve : CostCurve.values()) {
      for (Workload workload : Workload.values()) {
        double capacity = capacity(curve, workload, arrivals);
        Run peak = admitted(curve, workload, capacity, arrivals, 0);
        print(curve, workload, "capacity", "yes", peak, peak.audioGoodput(), arrivals);
        print(
            curve,
            workload,
            "3 x capacity",
            "no",
            new Run(
                run(
                    new BucketBatching(BatchingSettings.DEFAULT, MAXIMUM_BATCH_SIZE),
                    curve,
                    workload,
                    OVERLOAD * capacity,
                    arrivals),
                new AdmittedBatching(BatchingSettings.DEFAULT, MAXIMUM_BATCH_SIZE, 0)),
            peak.audioGoodput(),
            arrivals);
        print(
            curve,
            workload,
            "3 x capacity",
            "yes",
            admitted(curve, workload, OVERLOAD * capacity, arrivals, 0),
            peak.audioGoodput(),
            arrivals);
        printClasses(
            curve, workload, admitted(curve, workload, OVERLOAD * capacity, arrivals, EVERY_THIRD));
      }
    }
  }

  /** Arrivals a second at which the goodput with admission is greatest. */
  static double capacity(CostCurve curve, Workload workload, int arrivals) {
    double alone = 1 / workload.meanSecondsAlone(curve);
    List<Double> loads =
        curve == CostCurve.CPU ? List.of(0.8, 0.9, 1.0, 1.1, 1.3) : List.of(4.0, 5.0, 6.0, 7.0);
    double best = 0;
    double bestGoodput = 0;
    for (double load : loads) {
      double goodput = admitted(curve, workload, load * alone, arrivals, 0).audioGoodput();
      if (goodput > bestGoodput) {
        best = load * alone;
        bestGoodput = goodput;
      }
    }
    return best;
  }

  static Run admitted(
      CostCurve curve, Workload workload, double perSecond, int arrivals, int everyNthIsBatch) {
    AdmittedBatching policy =
        new AdmittedBatching(BatchingSettings.DEFAULT, MAXIMUM_BATCH_SIZE, everyNthIsBatch);
    return new Run(run(policy, curve, workload, perSecond, arrivals), policy);
  }

  private static Outcome run(
      Policy policy, CostCurve curve, Workload workload, double perSecond, int arrivals) {
    return Simulator.run(policy, curve, workload.arrivals(perSecond, SEED), arrivals, SEED);
  }

  private static void print(
      CostCurve curve,
      Workload workload,
      String load,
      String admission,
      Run run,
      double peak,
      int arrivals) {
    Outcome outcome = run.outcome();
    double shed = (double) run.policy().shed() / arrivals;
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %s | %s | %.1f | %.1f | %.1f | %.1f | %.2f | %.2f | %.2f | %.0f |%n",
        curve,
        name(workload),
        load,
        admission,
        outcome.goodput(),
        outcome.audioGoodput(),
        100 * outcome.audioGoodput() / peak,
        100 * shed,
        100 * (outcome.refusedShare() - shed),
        100 * outcome.lateShare(),
        100 * outcome.inTimeShare(run.policy().shed()),
        outcome.latencyMillis(0.95));
  }

  private static void printClasses(CostCurve curve, Workload workload, Run run) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | 3 x capacity, every third of the batch class | yes | in time: %.1f %% of the"
            + " interactive, %.1f %% of the batch class |%n",
        curve,
        name(workload),
        100 * run.policy().inTimeShare(Priority.INTERACTIVE),
        100 * run.policy().inTimeShare(Priority.BATCH));
  }

  private static String name(Workload workload) {
    return workload.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
