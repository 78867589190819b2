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
import io.mt2kd.benchmarks.server.GatewayServer;
import io.mt2kd.benchmarks.workload.Corpus;
import io.mt2kd.benchmarks.workload.Mix;
import io.mt2kd.benchmarks.workload.Sequence;
import io.mt2kd.benchmarks.workload.Utterance;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Processor time of the gateway beside that of the backend, and what the gateway allocates. Direct
 * calls and calls through the gateway take turns. Every call of a turn counts, from the first to
 * the last.
 */
@Command(name = "cost", description = "Processor time and allocation of the gateway itself.")
final class CostBenchmark implements Callable<Integer> {
  @Mixin private final Options options = new Options();

  @Option(
      names = "--callers",
      defaultValue = "16",
      description = "Calls at once. Default: ${DEFAULT-VALUE}.")
  private int callers = 16;

  @Option(
      names = "--turns",
      defaultValue = "4",
      description = "Turns of each side. Default: ${DEFAULT-VALUE}.")
  private int turns = 4;

  @Option(
      names = "--turn-seconds",
      defaultValue = "15",
      description = "Of each turn. Default: ${DEFAULT-VALUE}.")
  private int turnSeconds = 15;

  @Override
  public Integer call() throws Exception {
    Report report = options.report();
    List<Utterance> utterances = Corpus.open().draw(Mix.SOURCES, 240, options.seed());
    try (Backend backend = options.start();
        GatewayServer gateway = GatewayServer.before(backend)) {
      ManagedChannel toBackend = backend.channel();
      ManagedChannel toGateway = gateway.channel();
      List<Side> sides =
          List.of(
              new Side(
                  "direct",
                  new DirectCaller(toBackend, samples -> samples),
                  new Sequence(utterances, options.seed())),
              new Side(
                  "gateway",
                  new GatewayCaller(toGateway, GatewayCaller.ALL_TASKS),
                  new Sequence(utterances, options.seed())));
      for (int turn = -1; turn < turns; turn++) {
        for (Side side : sides) {
          side.turn(backend, gateway, turn < 0, Duration.ofSeconds(turnSeconds), callers);
        }
      }
      MarkdownTable table =
          new MarkdownTable(
              "side",
              "calls",
              "backend processor s/1000 calls",
              "gateway processor s/1000 calls",
              "gateway / backend %",
              "gateway kB allocated/call");
      sides.forEach(side -> side.tell(table));
      report.table("Cost of the gateway, " + callers + " callers", table);
      toBackend.shutdownNow();
      toGateway.shutdownNow();
    }
    report.write();
    return 0;
  }

  /** One of those that take turns. */
  private static final class Side {
    private final String name;
    private final Caller caller;
    private final Sequence sequence;
    private long calls;
    private double backendSeconds;
    private double gatewaySeconds;
    private long allocatedBytes;

    Side(String name, Caller caller, Sequence sequence) {
      this.name = name;
      this.caller = caller;
      this.sequence = sequence;
    }

    void turn(Backend backend, GatewayServer gateway, boolean warmUp, Duration length, int callers)
        throws IOException, InterruptedException {
      long callsBefore = sequence.drawn();
      Duration backendBefore = backend.processorTime();
      Duration gatewayBefore = gateway.processorTime();
      long allocatedBefore = gateway.memory(false).allocatedBytes();
      ClosedLoop.run(caller, sequence, new Tally(), callers, Duration.ZERO, length);
      if (!warmUp) {
        calls += sequence.drawn() - callsBefore;
        backendSeconds += seconds(backend.processorTime().minus(backendBefore));
        gatewaySeconds += seconds(gateway.processorTime().minus(gatewayBefore));
        allocatedBytes += gateway.memory(false).allocatedBytes() - allocatedBefore;
      }
    }

    void tell(MarkdownTable table) {
      table.row(
          name,
          calls,
          backendSeconds * 1e3 / calls,
          gatewaySeconds * 1e3 / calls,
          100 * gatewaySeconds / backendSeconds,
          (double) allocatedBytes / calls / 1024);
    }

    private static double seconds(Duration duration) {
      return duration.toNanos() / 1e9;
    }
  }
}
