package io.mt2kd.benchmarks;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.mt2kd.benchmarks.load.Caller;
import io.mt2kd.benchmarks.load.ClosedLoop;
import io.mt2kd.benchmarks.load.GatewayCaller;
import io.mt2kd.benchmarks.load.OpenLoop;
import io.mt2kd.benchmarks.load.OpenLoop.Outcome;
import io.mt2kd.benchmarks.load.Tally;
import io.mt2kd.benchmarks.report.MarkdownTable;
import io.mt2kd.benchmarks.report.Report;
import io.mt2kd.benchmarks.server.Backend;
import io.mt2kd.benchmarks.server.GatewayServer;
import io.mt2kd.benchmarks.server.MemoryWatch;
import io.mt2kd.benchmarks.workload.Corpus;
import io.mt2kd.benchmarks.workload.Mix;
import io.mt2kd.benchmarks.workload.Sequence;
import io.mt2kd.benchmarks.workload.Utterance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * More calls than the backend can answer. The peak is measured by callers with the same deadline in
 * a closed loop; then calls arrive at three times its rate whatever becomes of them. Both take
 * turns, and the peak is measured once more at the end, so that a machine that becomes faster or
 * slower changes both alike. Goodput is what is answered within the deadline, in calls and in
 * seconds of audio: who refuses the long ones keeps the first up and not the second.
 *
 * <p>Before all that both loads run uncounted. A gateway that refuses for the first time does so in
 * code that its JVM has yet to compile, on processors that are all taken: that is its first minute,
 * and not what it can do.
 */
@Command(name = "overload", description = "Three times as many calls as can be answered.")
final class OverloadBenchmark implements Callable<Integer> {
  private static final Duration RAMP = Duration.ofSeconds(2);

  @Mixin private final Options options = new Options();

  @Option(
      names = "--mix",
      defaultValue = "sources",
      description = "sources, speech or clips. Default: ${DEFAULT-VALUE}.")
  private Mix mix = Mix.SOURCES;

  @Option(
      names = "--callers",
      defaultValue = "32",
      description = "Calls at once while the peak is measured. Default: ${DEFAULT-VALUE}.")
  private int callers = 32;

  @Option(
      names = "--deadline-ms",
      defaultValue = "5000",
      description = "Of each call. Default: ${DEFAULT-VALUE}.")
  private int deadlineMillis = 5000;

  @Option(
      names = "--times",
      defaultValue = "3",
      description = "Arrivals over the peak. Default: ${DEFAULT-VALUE}.")
  private double times = 3;

  @Option(
      names = "--peak-seconds",
      defaultValue = "20",
      description = "Of each measurement of the peak. Default: ${DEFAULT-VALUE}.")
  private int peakSeconds = 20;

  @Option(
      names = "--warm-up-seconds",
      defaultValue = "60",
      description = "Of an overload that is not counted. Default: ${DEFAULT-VALUE}.")
  private int warmUpSeconds = 60;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "Of each overload. Default: ${DEFAULT-VALUE}.")
  private int seconds = 60;

  @Option(
      names = "--turns",
      defaultValue = "3",
      description =
          "Overloads, each between two measurements of the peak. Default: ${DEFAULT-VALUE}.")
  private int turns = 3;

  @Override
  public Integer call() throws Exception {
    Report report = options.report();
    List<Utterance> utterances = Corpus.open().draw(mix, 240, options.seed());
    Sequence sequence = new Sequence(utterances, options.seed());
    try (Backend backend = options.start();
        GatewayServer gateway = GatewayServer.before(backend)) {
      ManagedChannel channel = gateway.channel();
      Caller caller =
          new GatewayCaller(channel, GatewayCaller.ALL_TASKS)
              .within(Duration.ofMillis(deadlineMillis));
      double cold = times * peak(caller, sequence).answersPerSecond();
      OpenLoop.run(
          caller,
          sequence,
          cold,
          Duration.ofSeconds(warmUpSeconds),
          options.seed(),
          Outcome.empty());
      List<Tally> peaks = new ArrayList<>(List.of(peak(caller, sequence)));
      List<Tally> goodputs = new ArrayList<>();
      Outcome endings = Outcome.empty();
      MemoryWatch memory = MemoryWatch.on(gateway);
      for (int turn = 1; turn <= turns; turn++) {
        Tally goodput = new Tally();
        double perSecond = times * peaks.get(turn - 1).answersPerSecond();
        OpenLoop.run(
            caller,
            sequence,
            perSecond,
            Duration.ofSeconds(seconds),
            options.seed() + turn,
            endings.withGoodput(goodput));
        goodputs.add(goodput);
        peaks.add(peak(caller, sequence));
        report.say("turn " + turn + " of " + turns);
      }
      memory.stop();
      tell(report, peaks, goodputs);
      endings(report, endings);
      report.table("Memory of the gateway, MB", memory.table());
      channel.shutdownNow();
    }
    report.write();
    return 0;
  }

  private Tally peak(Caller caller, Sequence sequence) throws InterruptedException {
    Tally tally = new Tally();
    ClosedLoop.run(caller, sequence, tally, callers, RAMP, Duration.ofSeconds(peakSeconds));
    return tally;
  }

  private void tell(Report report, List<Tally> peaks, List<Tally> goodputs) {
    MarkdownTable phases =
        new MarkdownTable("phase", "goodput calls/s", "goodput audio s/s", "p50 ms", "p99 ms");
    row(phases, "peak", peaks.get(0));
    for (int turn = 0; turn < turns; turn++) {
      row(phases, "overload", goodputs.get(turn));
      row(phases, "peak", peaks.get(turn + 1));
    }
    report.table("Overload, deadline " + deadlineMillis + " ms", phases);
    MarkdownTable ratios = new MarkdownTable("overload / mean peak", "calls", "audio");
    for (int turn = 0; turn < turns; turn++) {
      List<Tally> around = peaks.subList(turn, turn + 2);
      ratio(ratios, "turn " + (turn + 1), List.of(goodputs.get(turn)), around);
    }
    ratio(ratios, "all", goodputs, peaks);
    report.table("Goodput", ratios);
  }

  private static void row(MarkdownTable table, String phase, Tally tally) {
    table.row(
        phase,
        tally.answersPerSecond(),
        tally.audioPerSecond(),
        tally.milliseconds(50),
        tally.milliseconds(99));
  }

  private static void ratio(
      MarkdownTable table, String name, List<Tally> overload, List<Tally> peaks) {
    table.row(
        name,
        mean(overload, Tally::answers) / mean(peaks, Tally::answers),
        mean(overload, Tally::audioSeconds) / mean(peaks, Tally::audioSeconds));
  }

  /** In a second of all that was measured. */
  private static double mean(List<Tally> tallies, ToDoubleFunction<Tally> quantity) {
    return tallies.stream().mapToDouble(quantity).sum()
        / tallies.stream().mapToDouble(Tally::seconds).sum();
  }

  private static void endings(Report report, Outcome overload) {
    Tally due = overload.sinceDue();
    Tally made = overload.sinceMade();
    MarkdownTable table =
        new MarkdownTable(
            "ending",
            "calls",
            "p50 ms",
            "p99 ms",
            "p50 since it was made",
            "p99 since it was made");
    table.row(
        "answered in time",
        due.answers(),
        due.milliseconds(50),
        due.milliseconds(99),
        made.milliseconds(50),
        made.milliseconds(99));
    due.failures()
        .forEach(
            (Status.Code code, Long calls) ->
                table.row(
                    code,
                    calls,
                    due.milliseconds(code, 50),
                    due.milliseconds(code, 99),
                    made.milliseconds(code, 50),
                    made.milliseconds(code, 99)));
    Histogram lateness = overload.lateness();
    table.row(
        "(calls made late by)",
        lateness.getTotalCount(),
        lateness.getValueAtPercentile(50) / 1e6,
        lateness.getValueAtPercentile(99) / 1e6,
        "",
        "");
    report.table("How the calls of the overload ended", table);
  }
}
