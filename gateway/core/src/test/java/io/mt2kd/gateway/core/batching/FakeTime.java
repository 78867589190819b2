package io.mt2kd.gateway.core.batching;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Time that passes when the test says so, with the alarms that fall into it. Thread-safe. */
final class FakeTime implements LongSupplier, Alarm {
  private static final long MILLI = 1_000_000;

  // A millisecond before the wrap, as System.nanoTime may be.
  private long nanos = Long.MAX_VALUE - MILLI;
  private long passed;
  private int alarmsSet;
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::atPassed));

  @Override
  public synchronized long getAsLong() {
    return nanos;
  }

  @Override
  public synchronized void after(long delayNanos, Runnable task) {
    if (delayNanos < 1) {
      throw new IllegalArgumentException("delayNanos: " + delayNanos + " (expected: >= 1)");
    }
    tasks.add(new Task(passed + delayNanos, task));
    alarmsSet++;
  }

  /** How often {@link #after} was called. */
  synchronized int alarmsSet() {
    return alarmsSet;
  }

  long in(long millis) {
    return getAsLong() + millis * MILLI;
  }

  void advanceMillis(long millis) {
    long until;
    synchronized (this) {
      until = passed + millis * MILLI;
    }
    for (Task due = next(until); due != null; due = next(until)) {
      due.task.run();
    }
  }

  private synchronized @Nullable Task next(long until) {
    Task first = tasks.peek();
    boolean due = first != null && first.atPassed <= until;
    long to = due ? first.atPassed : until;
    nanos += to - passed;
    passed = to;
    return due ? tasks.remove() : null;
  }

  private record Task(long atPassed, Runnable task) {}
}
