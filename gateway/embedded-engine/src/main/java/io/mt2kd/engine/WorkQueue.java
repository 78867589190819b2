package io.mt2kd.engine;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a bounded number of requests in and runs their steps, the oldest request's steps first: a
 * request that has begun is finished before the next one takes memory. Thread-safe.
 */
final class WorkQueue {
  private final Executor executor;
  private final int limit;

  // Guarded by this.
  private int admitted;
  private long nextOrder;
  private boolean stopping;

  WorkQueue(Executor executor, int limit) {
    this.executor = executor;
    this.limit = limit;
  }

  /** A pool that understands the order of the requests. */
  static ExecutorService threads(int count) {
    var number = new AtomicInteger();
    ThreadFactory factory =
        task -> {
          var thread = new Thread(task, "mt2kd-engine-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        };
    return new ThreadPoolExecutor(
        count, count, 0, TimeUnit.SECONDS, new PriorityBlockingQueue<>(), factory);
  }

  /** Takes a place; the ticket must be released exactly once, whatever happens. */
  synchronized Ticket admit() throws EngineException {
    if (stopping) {
      throw new EngineException(
          EngineException.Kind.STOPPING,
          "Server is stopping and accepts no new inference requests");
    }
    if (admitted >= limit) {
      throw new EngineException(
          EngineException.Kind.OVERLOADED, "Exceeds maximum queue size of " + limit + " requests");
    }
    admitted++;
    return new Ticket(nextOrder++);
  }

  synchronized void stop() {
    stopping = true;
  }

  synchronized boolean isStopping() {
    return stopping;
  }

  /** Waits until no request is left; false when the time ran out. */
  synchronized boolean awaitIdle(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (admitted > 0) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  private synchronized void leave() {
    admitted--;
    notifyAll();
  }

  /** One admitted request. */
  final class Ticket implements Executor {
    private final long order;
    private final AtomicBoolean released = new AtomicBoolean();

    private Ticket(long order) {
      this.order = order;
    }

    /** Runs one step of this request. */
    @Override
    public void execute(Runnable step) {
      executor.execute(new Work(order, step));
    }

    void release() {
      if (!released.compareAndSet(false, true)) {
        throw new IllegalStateException("a ticket was released twice");
      }
      leave();
    }
  }

  private record Work(long order, Runnable step) implements Runnable, Comparable<Work> {
    @Override
    public void run() {
      step.run();
    }

    @Override
    public int compareTo(Work other) {
      return Long.compare(order, other.order);
    }
  }
}
