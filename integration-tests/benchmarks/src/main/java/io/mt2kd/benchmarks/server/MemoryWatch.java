package io.mt2kd.benchmarks.server;

import io.mt2kd.benchmarks.report.MarkdownTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the memory of a gateway every half second, from after one collection to after another.
 */
public final class MemoryWatch {
  private static final double MEGABYTE = 1 << 20;

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final GatewayServer gateway;
  private final ProcessMemory before;
  private ProcessMemory after;
  private long mostHeapBytes;
  private long mostDirectBytes;
  private int mostThreads;

  private MemoryWatch(GatewayServer gateway) throws IOException {
    this.gateway = gateway;
    this.before = gateway.memory(true);
    this.after = before;
  }

  public static MemoryWatch on(GatewayServer gateway) throws IOException {
    MemoryWatch watch = new MemoryWatch(gateway);
    var unused = watch.clock.scheduleAtFixedRate(watch::look, 0, 500, TimeUnit.MILLISECONDS);
    return watch;
  }

  /** Looks for the last time. */
  public void stop() throws IOException, InterruptedException {
    clock.shutdown();
    if (!clock.awaitTermination(10, TimeUnit.SECONDS)) {
      throw new IOException("the gateway does not say how much memory it uses");
    }
    after = gateway.memory(true);
  }

  private void look() {
    try {
      ProcessMemory memory = gateway.memory(false);
      mostHeapBytes = Math.max(mostHeapBytes, memory.heapBytes());
      mostDirectBytes = Math.max(mostDirectBytes, memory.directBytes());
      mostThreads = Math.max(mostThreads, memory.threads());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** After {@link #stop}. */
  public MarkdownTable table() {
    return new MarkdownTable("memory", "before, collected", "most meanwhile", "after, collected")
        .row(
            "heap",
            before.heapBytes() / MEGABYTE,
            mostHeapBytes / MEGABYTE,
            after.heapBytes() / MEGABYTE)
        .row(
            "direct",
            before.directBytes() / MEGABYTE,
            mostDirectBytes / MEGABYTE,
            after.directBytes() / MEGABYTE)
        .row("threads (not MB)", before.threads(), mostThreads, after.threads());
  }
}
