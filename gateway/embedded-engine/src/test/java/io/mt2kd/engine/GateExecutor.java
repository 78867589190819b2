package io.mt2kd.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Keeps what it is given until a test lets it run, in the test's own thread. */
final class GateExecutor extends AbstractExecutorService {
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private final CountDownLatch terminated = new CountDownLatch(1);
  private boolean shutdown;

  @Override
  public synchronized void execute(Runnable task) {
    if (shutdown) {
      throw new RejectedExecutionException("shut down");
    }
    waiting.add(task);
    notifyAll();
  }

  synchronized void awaitWaiting(int tasks) throws InterruptedException {
    while (waiting.size() < tasks) {
      wait();
    }
  }

  /** Runs everything, what comes along the way included. */
  void runAll() {
    for (Runnable task = next(); task != null; task = next()) {
      task.run();
    }
  }

  private synchronized Runnable next() {
    Runnable task = waiting.poll();
    if (task == null && shutdown) {
      terminated.countDown();
    }
    return task;
  }

  @Override
  public synchronized void shutdown() {
    shutdown = true;
    if (waiting.isEmpty()) {
      terminated.countDown();
    }
  }

  @Override
  public synchronized List<Runnable> shutdownNow() {
    shutdown = true;
    var left = new ArrayList<>(waiting);
    waiting.clear();
    terminated.countDown();
    return left;
  }

  @Override
  public synchronized boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return terminated.getCount() == 0;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return terminated.await(timeout, unit);
  }
}
