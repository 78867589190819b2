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
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
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
 * Gateways of other settings may take turns too.
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

  @Option(
      names = "--other-gateway",
      description =
          "NAME=VALUE, may be repeated: each is one more gateway that takes turns, with this "
              + "environment variable, for example "
              + "\"_JAVA_OPTIONS=-XX:-UseZGC -XX:+UseParallelGC\".")
  private List<String> others = List.of();

  @Override
  public Integer call() throws Exception {
    Report report = options.report();
    Utterance utterance = Utterance.of(0, Waveforms.voiceLike(SAMPLES, options.seed()));
    try (Backend backend = options.start();
        Sides sides = new Sides(backend, utterance)) {
      for (String other : others) {
        String[] setting = other.split("=", 2);
        if (setting.length < 2) {
          throw new IllegalArgumentException(
              "--other-gateway: " + other + " (expected: NAME=VALUE)");
        }
        sides.addGateway("gateway " + other, Map.of(setting[0], setting[1]));
      }
      sides.warmUp(warmUp);
      sides.run(rounds);
      sides.tell(report);
    }
    report.write();
    return 0;
  }

  /** One of those that take turns. */
  private static final class Side {
    // HdrHistogram holds no negative values: differences are shifted by a second.
    private static final long SHIFT = 1_000_000_000L;

    private final String name;
    private final Caller caller;
    private final Histogram times = new Histogram(4);
    private final Histogram added = new Histogram(4);

    Side(String name, Caller caller) {
      this.name = name;
      this.caller = caller;
    }

    void record(long nanos, long nanosDirect) {
      times.recordValue(nanos);
      added.recordValue(Math.max(0, SHIFT + nanos - nanosDirect));
    }

    double milliseconds(double percentile) {
      return times.getValueAtPercentile(percentile) / 1e6;
    }

    double addedMilliseconds() {
      return (added.getValueAtPercentile(50) - SHIFT) / 1e6;
    }
  }

  /** All of them, with their servers and connections. */
  private static final class Sides implements AutoCloseable {
    private final Backend backend;
    private final Utterance utterance;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final List<Side> all = new ArrayList<>();
    private final Side direct;
    private final Side gateway;
    private final Side proxy;
    private final Histogram inGateway = new Histogram(4);
    private final Histogram atBackend = new Histogram(4);
    private final Histogram outside = new Histogram(4);

    Sides(Backend backend, Utterance utterance) throws IOException {
      this.backend = backend;
      this.utterance = utterance;
      Caller toBackend = new DirectCaller(open(backend.channel()), samples -> samples);
      direct = add("direct", toBackend);
      gateway = addGateway("gateway", Map.of());
      BareProxy bare = open(BareProxy.before(backend));
      proxy = add("bare proxy", new DirectCaller(open(bare.channel()), samples -> samples));
      add("direct again", toBackend);
    }

    Side addGateway(String name, Map<String, String> settings) throws IOException {
      GatewayServer server = open(GatewayServer.before(backend, settings));
      // As calls of the client SDK, which always have a deadline.
      return add(
          name,
          new GatewayCaller(open(server.channel()), GatewayCaller.ALL_TASKS)
              .within(Duration.ofSeconds(30)));
    }

    private Side add(String name, Caller caller) {
      Side side = new Side(name, caller);
      all.add(side);
      return side;
    }

    private ManagedChannel open(ManagedChannel channel) {
      opened.push(channel::shutdownNow);
      return channel;
    }

    private <T extends AutoCloseable> T open(T server) {
      opened.push(server);
      return server;
    }

    /** The way through gateways and proxy warms the caller's own code and the backend too. */
    void warmUp(int requests) {
      for (int i = 0; i < requests; i++) {
        for (Side side : all) {
          if (side.caller != direct.caller) {
            Reply unused = side.caller.call(utterance).join();
          }
        }
      }
    }

    void run(int rounds) {
      long[] nanos = new long[all.size()];
      for (int round = 0; round < rounds; round++) {
        for (int turn = 0; turn < nanos.length; turn++) {
          // Each side has each place equally often.
          int index = (turn + round) % nanos.length;
          Side side = all.get(index);
          long start = System.nanoTime();
          Reply reply = side.caller.call(utterance).join();
          nanos[index] = System.nanoTime() - start;
          if (side == gateway) {
            recordPlaces(reply, nanos[index]);
          }
        }
        long nanosDirect = nanos[all.indexOf(direct)];
        for (int i = 0; i < nanos.length; i++) {
          all.get(i).record(nanos[i], nanosDirect);
        }
      }
    }

    private void recordPlaces(Reply reply, long nanos) {
      inGateway.recordValue(reply.gatewayNanos());
      atBackend.recordValue(reply.backendNanos());
      outside.recordValue(Math.max(0, nanos - reply.gatewayNanos() - reply.backendNanos()));
    }

    void tell(Report report) {
      MarkdownTable table =
          new MarkdownTable(
              "side", "p10 ms", "p50 ms", "p90 ms", "p99 ms", "p50 of the differences ms");
      for (Side side : all) {
        table.row(
            side.name,
            side.milliseconds(10),
            side.milliseconds(50),
            side.milliseconds(90),
            side.milliseconds(99),
            side.addedMilliseconds());
      }
      addedRow(table, "gateway - direct", gateway);
      addedRow(table, "bare proxy - direct", proxy);
      report.table("Overhead on one request", table);
      report.table("Where it goes, by the receipts", places());
    }

    private void addedRow(MarkdownTable table, String name, Side side) {
      table.row(
          name,
          side.milliseconds(10) - direct.milliseconds(10),
          side.milliseconds(50) - direct.milliseconds(50),
          side.milliseconds(90) - direct.milliseconds(90),
          side.milliseconds(99) - direct.milliseconds(99),
          side.addedMilliseconds());
    }

    private MarkdownTable places() {
      MarkdownTable table = new MarkdownTable("part of a call through the gateway", "p50 ms");
      table.row("between caller and gateway", median(outside));
      table.row("in the gateway", median(inGateway));
      table.row("between gateway and backend, and there", median(atBackend));
      table.row("the same without a gateway (direct)", direct.milliseconds(50));
      return table;
    }

    private static double median(Histogram nanos) {
      return nanos.getValueAtPercentile(50) / 1e6;
    }

    @Override
    public void close() throws Exception {
      while (!opened.isEmpty()) {
        opened.pop().close();
      }
    }
  }
}
