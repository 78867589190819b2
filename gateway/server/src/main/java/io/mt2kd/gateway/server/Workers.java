package io.mt2kd.gateway.server;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that decode, assemble and wait for the store. */
final class Workers {
  private Workers() {}

  static ExecutorService create() {
    // Twice the processors: some of them wait for the disk.
    int size = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
    AtomicInteger number = new AtomicInteger();
    ThreadFactory threads =
        task -> {
          Thread thread = new Thread(task, "gateway-worker-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        };
    return Executors.newFixedThreadPool(size, threads);
  }
}
