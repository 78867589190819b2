package io.mt2kd.gateway.core.batching;

/** Runs tasks later, on a thread of its own. Thread-safe. */
@FunctionalInterface
public interface Alarm {
  /** Runs the task once, {@code delayNanos} from now or somewhat later. Never runs it at once. */
  void after(long delayNanos, Runnable task);
}
