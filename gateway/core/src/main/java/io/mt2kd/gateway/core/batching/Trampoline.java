package io.mt2kd.gateway.core.batching;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Runs a thread's tasks one after another, never one inside another. A backend that answers at once
 * makes each batch send the next: nested, a long queue would overflow the stack.
 */
final class Trampoline {
  // The tasks of a thread that is running one.
  private final ThreadLocal<@Nullable Queue<Runnable>> running = new ThreadLocal<>();

  void run(Runnable task) {
    Queue<Runnable> tasks = running.get();
    if (tasks != null) {
      tasks.add(task);
      return;
    }
    tasks = new ArrayDeque<>();
    running.set(tasks);
    try {
      for (Runnable next = task; next != null; next = tasks.poll()) {
        next.run();
      }
    } finally {
      running.remove();
    }
  }
}
