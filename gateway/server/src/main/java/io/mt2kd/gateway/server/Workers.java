package io.mt2kd.gateway.server;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The gateway's own threads, beside those of its connections. Two pools, so that a store that does
 * not get on holds up no decoding.
 */
final class Workers {
  private Workers() {}

  /** For what waits for the store, and for what follows replies. */
  static ExecutorService create() {
    // Twice the processors: some of them wait for the disk.
    return threads("gateway-worker-", Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
  }

  /** For decoding, which only computes: more threads than processors would only take turns. */
  static ExecutorService decoders() {
    return threads("gateway-decoder-", Runtime.getRuntime().availableProcessors());
  }

  private static ExecutorService threads(String name, int size) {
    AtomicInteger number = new AtomicInteger();
    ThreadFactory threads =
        task -> {
          Thread thread = new Thread(task, name + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        };
    return Executors.newFixedThreadPool(size, threads);
  }
}
