package io.mt2kd.benchmarks;

import io.grpc.ManagedChannel;
import io.mt2kd.benchmarks.load.Caller;
import io.mt2kd.benchmarks.load.ClosedLoop;
import io.mt2kd.benchmarks.load.DirectCaller;
import io.mt2kd.benchmarks.load.GatewayCaller;
import io.mt2kd.benchmarks.load.Tally;
import io.mt2kd.benchmarks.report.MarkdownTable;
import io.mt2kd.benchmarks.report.Report;
import io.mt2kd.benchmarks.server.Backend;
import io.mt2kd.benchmarks.server.Executions;
import io.mt2kd.benchmarks.server.GatewayServer;
import io.mt2kd.benchmarks.workload.Corpus;
import io.mt2kd.benchmarks.workload.Mix;
import io.mt2kd.benchmarks.workload.Sequence;
import io.mt2kd.benchmarks.workload.Utterance;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A mix of real recordings from many callers: through the gateway, straight to the ensemble with
 * the server's dynamic batching on, and straight to it by callers that pad to the gateway's buckets
 * themselves. The sides take turns; each gets the same recordings in the same order.
 */
@Command(
    name = "mix",
    description = "A natural mix of lengths: throughput, latency, padding and executed batches.")
final class MixBenchmark implements Callable<Integer> {
  @Mixin private final Options options = new Options();

  @Option(
      names = "--mix",
      defaultValue = "sources",
      description = "sources, speech or clips. Default: ${DEFAULT-VALUE}.")
  private Mix mix = Mix.SOURCES;

  @Option(
      names = "--recordings",
      defaultValue = "240",
      description = "How many different ones. Default: ${DEFAULT-VALUE}.")
  private int recordings = 240;

  @Option(
      names = "--callers",
      defaultValue = "32",
      description = "Calls at once. Default: ${DEFAULT-VALUE}.")
  private int callers = 32;

  @Option(
      names = "--turns",
      defaultValue = "6",
      description = "Turns of each side. Default: ${DEFAULT-VALUE}.")
  private int turns = 6;

  @Option(
      names = "--warm-up-turns",
      defaultValue = "4",
      description = "Turns before, not counted. Default: ${DEFAULT-VALUE}.")
  private int warmUpTurns = 4;

  @Option(
      names = "--turn-seconds",
      defaultValue = "10",
      description = "Counted in each turn, after a ramp of two. Default: ${DEFAULT-VALUE}.")
  private int turnSeconds = 10;

  @Option(
      names = "--curve-rounds",
      defaultValue = "3",
      description =
          "Measurements of the backend's curve before; 0 for none. Default: ${DEFAULT-VALUE}.")
  private int curveRounds = 3;

  @Option(
      names = "--second-gateway",
      description =
          "NAME=VALUE, may be repeated: a second gateway with these environment variables takes "
              + "turns too, for example MT2KD_GATEWAY_BATCHING_MAXIMUM_WAIT=0s.")
  private Map<String, String> second = Map.of();

  @Override
  public Integer call() throws Exception {
    Report report = options.report();
    ModelManifest manifest = BackendCurve.manifest();
    List<Utterance> utterances = Corpus.open().draw(mix, recordings, options.seed());
    try (Backend backend = options.start();
        GatewayServer gateway = GatewayServer.before(backend);
        GatewayServer other = second.isEmpty() ? null : GatewayServer.before(backend, second)) {
      ManagedChannel toBackend = backend.channel();
      ManagedChannel toGateway = gateway.channel();
      List<ManagedChannel> channels = new ArrayList<>(List.of(toBackend, toGateway));
      DirectCaller direct = new DirectCaller(toBackend, samples -> samples);
      double allowed = Double.NaN;
      if (curveRounds > 0) {
        BackendCurve curve =
            BackendCurve.measure(direct, backend::processorTime, curveRounds, 2, options.seed());
        report.table("Time of a batch, 2 in flight", curve.table());
        allowed = curve.allowedRatio(utterances);
      }
      DirectCaller padded = new DirectCaller(toBackend, manifest::bucketSamples);
      List<Side> sides = new ArrayList<>();
      sides.add(side("direct", direct, utterances));
      sides.add(side("direct, padded", padded, utterances));
      sides.add(side("gateway", gateway(toGateway), utterances));
      if (other != null) {
        ManagedChannel toOther = other.channel();
        channels.add(toOther);
        sides.add(side("gateway, " + second, gateway(toOther), utterances));
      }
      // In the first the gateway learns the costs and the JVMs compile, on the backend's
      // processors.
      for (int turn = 1 - warmUpTurns; turn <= turns; turn++) {
        for (Side side : sides) {
          side.turn(backend, toBackend, turn < 1, Duration.ofSeconds(turnSeconds), callers);
        }
        report.say("turn " + turn + " of " + turns + (turn < 1 ? ", not counted" : ""));
      }
      tell(report, sides, allowed);
      channels.forEach(ManagedChannel::shutdownNow);
    }
    report.write();
    return 0;
  }

  private static Caller gateway(ManagedChannel channel) {
    return new GatewayCaller(channel, GatewayCaller.ALL_TASKS);
  }

  private Side side(String name, Caller caller, List<Utterance> utterances) {
    return new Side(name, caller, new Sequence(utterances, options.seed()));
  }

  private void tell(Report report, List<Side> sides, double allowed) {
    MarkdownTable table =
        new MarkdownTable(
            "side",
            "answers/s",
            "p50 ms",
            "p95 ms",
            "padding %",
            "mean executed batch",
            "backend processor ms/call",
            "failures");
    for (Side side : sides) {
      table.row(
          side.name,
          side.tally.answersPerSecond(),
          side.tally.milliseconds(50),
          side.tally.milliseconds(95),
          100 * side.tally.padding(),
          side.executions.meanBatch(),
          side.processorSeconds * 1e3 / side.calls,
          side.tally.failures());
    }
    report.table("Mix " + mix.name().toLowerCase(Locale.ROOT) + ", " + callers + " callers", table);
    MarkdownTable ratios =
        new MarkdownTable(
            "ratio", "throughput", "p95", "throughput that the curve allows", "of it %");
    for (Side gateway : sides.subList(2, sides.size())) {
      for (Side direct : sides.subList(0, 2)) {
        double ratio = gateway.tally.answersPerSecond() / direct.tally.answersPerSecond();
        ratios.row(
            gateway.name + " / " + direct.name,
            ratio,
            gateway.tally.milliseconds(95) / direct.tally.milliseconds(95),
            allowed,
            100 * ratio / allowed);
      }
    }
    report.table("Ratios", ratios);
  }

  /** One of those that take turns. */
  private static final class Side {
    private static final Duration RAMP = Duration.ofSeconds(2);

    private final String name;
    private final Caller caller;
    private final Sequence sequence;
    private final Tally tally = new Tally();
    private Executions executions = Executions.NONE;
    private double processorSeconds;
    private long calls;

    Side(String name, Caller caller, Sequence sequence) {
      this.name = name;
      this.caller = caller;
      this.sequence = sequence;
    }

    void turn(
        Backend backend, ManagedChannel channel, boolean warmUp, Duration counted, int callers)
        throws InterruptedException {
      Executions executionsBefore = backend.executions(channel);
      Duration processorBefore = backend.processorTime();
      long callsBefore = sequence.drawn();
      ClosedLoop.run(caller, sequence, warmUp ? new Tally() : tally, callers, RAMP, counted);
      if (!warmUp) {
        executions = executions.plus(backend.executions(channel).since(executionsBefore));
        processorSeconds += backend.processorTime().minus(processorBefore).toNanos() / 1e9;
        calls += sequence.drawn() - callsBefore;
      }
    }
  }
}
