package io.mt2kd.benchmarks;

import io.grpc.ManagedChannel;
import io.mt2kd.benchmarks.load.Caller;
import io.mt2kd.benchmarks.load.DirectCaller;
import io.mt2kd.benchmarks.load.GatewayCaller;
import io.mt2kd.benchmarks.load.Reply;
import io.mt2kd.benchmarks.report.MarkdownTable;
import io.mt2kd.benchmarks.report.Report;
import io.mt2kd.benchmarks.server.Backend;
import io.mt2kd.benchmarks.server.BareProxy;
import io.mt2kd.benchmarks.server.GatewayServer;
import io.mt2kd.benchmarks.workload.Utterance;
import io.mt2kd.it.harness.Waveforms;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What the way through the gateway adds to one request when nothing else is under way. Four sides
 * in turns: direct, through the gateway, through a proxy that does nothing, direct once more. The
 * proxy is what a hop costs at least, and the difference of the two direct ones what this machine
 * adds by itself. A closed loop of one caller on purpose: queues are not the question here.
 */
@Command(
    name = "overhead",
    description = "The same request of 64 kB, direct, through the gateway and a bare proxy.")
final class OverheadBenchmark implements Callable<Integer> {
  private static final int SAMPLES = 2 * Utterance.RATE;

  @Mixin private final Options options = new Options();

  @Option(
      names = "--rounds",
      defaultValue = "2000",
      description = "Requests to each side. Default: ${DEFAULT-VALUE}.")
  private int rounds = 2000;

  @Option(
      names = "--warm-up",
      defaultValue = "15000",
      description =
          "Requests through the gateway before them: the JVM compiles a method for good after "
              + "5,000 to 15,000 calls of it. Default: ${DEFAULT-VALUE}.")
  private int warmUp = 15_000;

  @Override
  public Integer call() throws Exception {
    Report report = options.report();
    Utterance utterance = Utterance.of(0, Waveforms.voiceLike(SAMPLES, options.seed()));
    try (Backend backend = options.start();
        GatewayServer gateway = GatewayServer.before(backend);
        BareProxy proxy = BareProxy.before(backend)) {
      ManagedChannel toBackend = backend.channel();
      ManagedChannel toGateway = gateway.channel();
      ManagedChannel toProxy = proxy.channel();
      Caller direct = new DirectCaller(toBackend, samples -> samples);
      // As calls of the client SDK, which always have a deadline.
      Caller through =
          new GatewayCaller(toGateway, GatewayCaller.ALL_TASKS).within(Duration.ofSeconds(30));
      Caller proxied = new DirectCaller(toProxy, samples -> samples);
      Sides sides = new Sides(List.of(direct, through, proxied, direct), utterance);
      sides.warmUp(warmUp);
      sides.run(rounds);
      sides.tell(report);
      toBackend.shutdownNow();
      toGateway.shutdownNow();
      toProxy.shutdownNow();
    }
    report.write();
    return 0;
  }

  /** Direct, gateway, bare proxy, direct again. */
  private static final class Sides {
    private static final int DIRECT = 0;
    private static final int GATEWAY = 1;
    private static final int PROXY = 2;
    private static final int AGAIN = 3;

    private final List<Caller> sides;
    private final Utterance utterance;
    private final Histogram[] times = new Histogram[4];
    // HdrHistogram holds no negative values: differences are shifted by a second.
    private static final long SHIFT = 1_000_000_000L;
    private final Histogram added = new Histogram(4);
    private final Histogram addedByProxy = new Histogram(4);
    private final Histogram noise = new Histogram(4);
    private final Histogram inGateway = new Histogram(4);
    private final Histogram atBackend = new Histogram(4);
    private final Histogram outside = new Histogram(4);

    Sides(List<Caller> sides, Utterance utterance) {
      this.sides = sides;
      this.utterance = utterance;
      for (int i = 0; i < times.length; i++) {
        times[i] = new Histogram(4);
      }
    }

    /** The way through gateway and proxy warms the caller's own code and the backend too. */
    void warmUp(int requests) {
      for (int i = 0; i < requests; i++) {
        Reply unused = sides.get(GATEWAY).call(utterance).join();
        Reply unusedToo = sides.get(PROXY).call(utterance).join();
      }
    }

    void run(int rounds) {
      long[] nanos = new long[times.length];
      for (int round = 0; round < rounds; round++) {
        for (int turn = 0; turn < times.length; turn++) {
          // Each side has each place equally often.
          int side = (turn + round) % times.length;
          long start = System.nanoTime();
          Reply reply = sides.get(side).call(utterance).join();
          nanos[side] = System.nanoTime() - start;
          times[side].recordValue(nanos[side]);
          if (side == GATEWAY) {
            inGateway.recordValue(reply.gatewayNanos());
            atBackend.recordValue(reply.backendNanos());
            outside.recordValue(
                Math.max(0, nanos[side] - reply.gatewayNanos() - reply.backendNanos()));
          }
        }
        added.recordValue(Math.max(0, SHIFT + nanos[GATEWAY] - nanos[DIRECT]));
        addedByProxy.recordValue(Math.max(0, SHIFT + nanos[PROXY] - nanos[DIRECT]));
        noise.recordValue(Math.max(0, SHIFT + nanos[AGAIN] - nanos[DIRECT]));
      }
    }

    void tell(Report report) {
      MarkdownTable table =
          new MarkdownTable(
              "side", "p10 ms", "p50 ms", "p90 ms", "p99 ms", "p50 of the differences ms");
      row(table, "direct", DIRECT, 0);
      row(table, "gateway", GATEWAY, difference(added));
      row(table, "bare proxy", PROXY, difference(addedByProxy));
      row(table, "direct again", AGAIN, difference(noise));
      addedRow(table, "gateway - direct", GATEWAY, difference(added));
      addedRow(table, "bare proxy - direct", PROXY, difference(addedByProxy));
      report.table("Overhead on one request", table);
      report.table("Where it goes, by the receipts", places());
    }

    private MarkdownTable places() {
      MarkdownTable table = new MarkdownTable("part of a call through the gateway", "p50 ms");
      table.row("between caller and gateway", median(outside));
      table.row("in the gateway", median(inGateway));
      table.row("between gateway and backend, and there", median(atBackend));
      table.row("the same without a gateway (direct)", milliseconds(DIRECT, 50));
      return table;
    }

    private static double median(Histogram nanos) {
      return nanos.getValueAtPercentile(50) / 1e6;
    }

    private void row(MarkdownTable table, String name, int side, double difference) {
      table.row(
          name,
          milliseconds(side, 10),
          milliseconds(side, 50),
          milliseconds(side, 90),
          milliseconds(side, 99),
          difference);
    }

    private void addedRow(MarkdownTable table, String name, int side, double difference) {
      table.row(
          name,
          milliseconds(side, 10) - milliseconds(DIRECT, 10),
          milliseconds(side, 50) - milliseconds(DIRECT, 50),
          milliseconds(side, 90) - milliseconds(DIRECT, 90),
          milliseconds(side, 99) - milliseconds(DIRECT, 99),
          difference);
    }

    private double milliseconds(int side, double percentile) {
      return times[side].getValueAtPercentile(percentile) / 1e6;
    }

    private static double difference(Histogram differences) {
      return (differences.getValueAtPercentile(50) - SHIFT) / 1e6;
    }
  }
}
