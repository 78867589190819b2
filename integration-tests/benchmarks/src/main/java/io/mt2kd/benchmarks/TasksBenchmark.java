package io.mt2kd.benchmarks;

import io.grpc.ManagedChannel;
import io.mt2kd.benchmarks.load.Caller;
import io.mt2kd.benchmarks.load.GatewayCaller;
import io.mt2kd.benchmarks.report.MarkdownTable;
import io.mt2kd.benchmarks.report.Report;
import io.mt2kd.benchmarks.server.Backend;
import io.mt2kd.benchmarks.server.GatewayServer;
import io.mt2kd.benchmarks.workload.Corpus;
import io.mt2kd.benchmarks.workload.Mix;
import io.mt2kd.benchmarks.workload.Utterance;
import io.mt2kd.v1.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What three questions about a recording cost in one call, beside one question, and beside a call
 * for each. One caller, so that nothing is batched with anything else; the ways take turns on the
 * same few recordings. Time is what the caller waits, processor time what backend and gateway use.
 */
@Command(
    name = "tasks",
    description = "Three tasks in one call, ASR alone, three single-task calls.")
final class TasksBenchmark implements Callable<Integer> {
  @Mixin private final Options options = new Options();

  @Option(
      names = "--turns",
      defaultValue = "40",
      description = "Turns of each way. Default: ${DEFAULT-VALUE}.")
  private int turns = 40;

  @Option(
      names = "--recordings",
      defaultValue = "24",
      description = "Recordings in each turn. Default: ${DEFAULT-VALUE}.")
  private int recordings = 24;

  @Override
  public Integer call() throws Exception {
    Report report = options.report();
    List<Utterance> utterances = Corpus.open().draw(Mix.SOURCES, recordings, options.seed());
    try (Backend backend = options.start();
        GatewayServer gateway = GatewayServer.before(backend)) {
      ManagedChannel channel = gateway.channel();
      List<Way> ways =
          Stream.of(
                  new Way("three tasks in one call", channel, List.of(GatewayCaller.ALL_TASKS)),
                  new Way(
                      "speech recognition alone",
                      channel,
                      List.of(List.of(Task.TASK_SPEECH_RECOGNITION))),
                  new Way(
                      "three calls of one task",
                      channel,
                      GatewayCaller.ALL_TASKS.stream().map(List::of).toList()))
              .toList();
      for (int turn = -2; turn < turns; turn++) {
        for (Way way : ways) {
          way.turn(utterances, backend, gateway, turn < 0);
        }
      }
      tell(report, ways);
      channel.shutdownNow();
    }
    report.write();
    return 0;
  }

  private void tell(Report report, List<Way> ways) {
    int calls = turns * recordings;
    MarkdownTable table =
        new MarkdownTable(
            "way",
            "ms a recording",
            "backend processor ms",
            "gateway processor ms",
            "time ratio",
            "processor ratio");
    Way three = ways.get(0);
    for (Way way : ways) {
      table.row(
          way.name,
          way.seconds * 1e3 / calls,
          way.backendSeconds * 1e3 / calls,
          way.gatewaySeconds * 1e3 / calls,
          way.seconds / three.seconds,
          way.processorSeconds() / three.processorSeconds());
    }
    report.table("Tasks, ratios to three tasks in one call", table);
    Way alone = ways.get(1);
    report.table(
        "Targets",
        new MarkdownTable("figure", "time", "processor")
            .row(
                "three tasks / speech recognition alone",
                three.seconds / alone.seconds,
                three.processorSeconds() / alone.processorSeconds())
            .row(
                "three single calls / three tasks",
                ways.get(2).seconds / three.seconds,
                ways.get(2).processorSeconds() / three.processorSeconds()));
  }

  /** One way to ask. */
  private static final class Way {
    private final String name;
    private final List<Caller> calls = new ArrayList<>();
    private double seconds;
    private double backendSeconds;
    private double gatewaySeconds;

    Way(String name, ManagedChannel channel, List<List<Task>> calls) {
      this.name = name;
      calls.forEach(tasks -> this.calls.add(new GatewayCaller(channel, tasks)));
    }

    double processorSeconds() {
      return backendSeconds + gatewaySeconds;
    }

    void turn(List<Utterance> utterances, Backend backend, GatewayServer gateway, boolean warmUp) {
      Duration backendBefore = backend.processorTime();
      Duration gatewayBefore = gateway.processorTime();
      long start = System.nanoTime();
      for (Utterance utterance : utterances) {
        for (Caller caller : calls) {
          CompletableFuture<?> call = caller.call(utterance);
          call.join();
        }
      }
      long end = System.nanoTime();
      if (!warmUp) {
        seconds += (end - start) / 1e9;
        backendSeconds += backend.processorTime().minus(backendBefore).toNanos() / 1e9;
        gatewaySeconds += gateway.processorTime().minus(gatewayBefore).toNanos() / 1e9;
      }
    }
  }
}
