package io.mt2kd.benchmarks.simulated;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One device that runs batches one after another, each for the time of the curve. What waits is
 * batched by {@link BatchRule}. A batch that was there when the one before ended begins at that
 * moment, however late this thread wakes up: the device's own time has no jitter. Thread-safe.
 */
final class SimulatedDevice implements AutoCloseable {
  private final CostCurve curve;
  private final BatchRule rule;
  private final long maximumDelayNanos;
  private final Thread thread = new Thread(this::run, "simulated-device");

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  // Hold the lock for these three.
  private final Deque<Work> queue = new ArrayDeque<>();
  private long utterances;
  private long batches;

  SimulatedDevice(CostCurve curve, int maximumBatchSize, Duration maximumDelay) {
    this.curve = curve;
    this.rule = new BatchRule(maximumBatchSize);
    this.maximumDelayNanos = maximumDelay.toNanos();
    thread.setDaemon(true);
    thread.start();
  }

  /** One request, and what answers it. */
  private record Work(int rows, int samples, long arrivalNanos, Runnable done)
      implements BatchRule.Shaped {}

  /** A batch and when it begins. */
  private record Batch(List<Work> requests, long beginNanos) {}

  /** What has run. */
  record Count(long utterances, long batches) {}

  /**
   * Runs so many utterances of a length.
   *
   * @param done called by the device's thread afterwards
   */
  void submit(int rows, int samples, Runnable done) {
    lock.lock();
    try {
      queue.add(new Work(rows, samples, System.nanoTime(), done));
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  Count count() {
    lock.lock();
    try {
      return new Count(utterances, batches);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try {
      long free = System.nanoTime();
      while (true) {
        Batch batch = next(free);
        int rows = batch.requests.stream().mapToInt(Work::rows).sum();
        free = batch.beginNanos + curve.nanos(rows, batch.requests.get(0).samples());
        sleepUntil(free);
        batch.requests.forEach(work -> work.done.run());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Batch next(long free) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (queue.isEmpty()) {
        arrived.await();
      }
      BatchRule.Gathered<Work> gathered = rule.gather(queue);
      long ready = Math.max(free, queue.element().arrivalNanos);
      long wait = queue.element().arrivalNanos + maximumDelayNanos - System.nanoTime();
      while (!gathered.closed() && wait > 0) {
        wait = arrived.awaitNanos(wait);
        gathered = rule.gather(queue);
        ready = System.nanoTime();
      }
      gathered.requests().forEach(work -> queue.remove());
      utterances += gathered.requests().stream().mapToInt(Work::rows).sum();
      batches++;
      return new Batch(gathered.requests(), ready);
    } finally {
      lock.unlock();
    }
  }

  private static void sleepUntil(long nanos) throws InterruptedException {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }
}
