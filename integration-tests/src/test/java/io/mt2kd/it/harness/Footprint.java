package io.mt2kd.it.harness;

import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/**
 * What this JVM holds at one moment.
 *
 * @param heapBytes that can still be reached
 * @param directBytes outside the heap: buffers of the JDK and of Netty, which keeps what it once
 *     needed
 * @param threads that live
 */
public record Footprint(long heapBytes, long directBytes, int threads) {
  private static final int MOST_COLLECTIONS = 6;
  private static final long SETTLED_BYTES = 64 << 10;

  /** Now, after collections until nothing more is found. */
  public static Footprint now() {
    long heap = Long.MAX_VALUE;
    for (int i = 0; i < MOST_COLLECTIONS; i++) {
      System.gc();
      long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      boolean settled = used > heap - SETTLED_BYTES;
      heap = Math.min(heap, used);
      if (settled) {
        break;
      }
    }
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return new Footprint(
        heap,
        direct + Math.max(0, PlatformDependent.usedDirectMemory()),
        ManagementFactory.getThreadMXBean().getThreadCount());
  }

  /** In words, for the log of the tests. */
  @Override
  public String toString() {
    return "heap %.2f MiB, direct %.2f MiB, %d threads"
        .formatted(heapBytes / 1048576.0, directBytes / 1048576.0, threads);
  }
}
