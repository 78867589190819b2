package io.mt2kd.gateway.server;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has been opened so far, each part on top of those before it: closed in the opposite order,
 * and wholly, also where one of them fails to close. Idempotent and thread-safe.
 */
final class Opened implements AutoCloseable {
  // Guarded by this.
  private final Deque<Runnable> closings = new ArrayDeque<>();

  /** Remembers how to close what has just been opened. */
  synchronized void add(Runnable closing) {
    closings.push(closing);
  }

  // Locked to the end: whoever closes a second time returns no sooner than the first.
  @Override
  public synchronized void close() {
    while (!closings.isEmpty()) {
      Runnable closing = closings.pop();
      try {
        closing.run();
      } catch (RuntimeException e) {
        closeAfter(e);
        throw e;
      }
    }
  }

  /** Closes after a failure, which stays what is told: further ones are suppressed in it. */
  void closeAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
