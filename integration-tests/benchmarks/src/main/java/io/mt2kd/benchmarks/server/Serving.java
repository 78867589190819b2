package io.mt2kd.benchmarks.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.ThreadMXBean;
import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

/** The child's side of a {@link ServerProcess}: answers questions until there are no more. */
final class Serving {
  static final String MEASURE = "measure";
  static final String COLLECT = "collect";

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** A thread that has ended keeps what it was last seen with. */
  private final Map<Long, Long> allocated = new HashMap<>();

  private Serving() {}

  /** Prints the port, then returns when standard input ends. */
  static void untilInputEnds(int port) throws IOException {
    System.out.println(port);
    Serving serving = new Serving();
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      if (line.equals(COLLECT)) {
        System.gc();
      }
      System.out.println(serving.memory().format());
    }
  }

  private ProcessMemory memory() {
    long[] ids = THREADS.getAllThreadIds();
    long[] bytes = THREADS.getThreadAllocatedBytes(ids);
    for (int i = 0; i < ids.length; i++) {
      if (bytes[i] >= 0) {
        allocated.put(ids[i], bytes[i]);
      }
    }
    return new ProcessMemory(
        allocated.values().stream().mapToLong(Long::longValue).sum(),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        Math.max(0, PlatformDependent.usedDirectMemory()),
        ids.length);
  }
}
