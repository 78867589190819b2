package io.mt2kd.cli.evaluation;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Work that leaves something behind, and its removal, however the work ends. When the process is
 * told to stop (Ctrl-C), the work is interrupted, and the process lives on until the removal has
 * ended, or for so long at the most.
 */
final class CleanUp {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Duration limit;
  private final CountDownLatch ended = new CountDownLatch(1);

  // Guarded by this: being told to stop races with the end of the work, and an interrupt that came
  // later would end the removal instead.
  private @Nullable Thread worker = Thread.currentThread();

  /** For work in this thread. */
  CleanUp(Duration limit) {
    this.limit = limit;
  }

  /** Works in this thread, then removes in this thread. */
  static <T> T after(Supplier<T> work, Runnable removal) {
    CleanUp cleanUp = new CleanUp(LIMIT);
    Thread hook = new Thread(cleanUp::stop, "clean-up");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return cleanUp.run(work, removal);
    } finally {
      forget(hook);
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process ends: the hook runs or has run.
    }
  }

  /** An interrupt ends the work, lets the removal be, and is kept. */
  <T> T run(Supplier<T> work, Runnable removal) {
    try {
      return work.get();
    } finally {
      boolean interrupted = end();
      try {
        removal.run();
      } finally {
        ended.countDown();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  /** Interrupts the work and waits for the end of the removal. */
  void stop() {
    synchronized (this) {
      if (worker != null) {
        worker.interrupt();
      }
    }
    try {
      ended.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** From here on no interrupt of {@link #stop} comes. */
  private synchronized boolean end() {
    worker = null;
    return Thread.interrupted();
  }
}
