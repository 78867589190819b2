package io.mt2kd.gateway.server;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.mt2kd.gateway.core.batching.Alarm;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;

/** The one thread that wakes the batcher. */
final class Alarms {
  private Alarms() {}

  static Alarm open(Opened opened) {
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread made = new Thread(task, "batcher-alarm");
              made.setDaemon(true);
              return made;
            });
    opened.add(thread::shutdownNow);
    return (delayNanos, task) -> {
      Future<?> unused = thread.schedule(task, delayNanos, NANOSECONDS);
    };
  }
}
