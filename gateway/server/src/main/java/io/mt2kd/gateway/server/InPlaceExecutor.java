package io.mt2kd.gateway.server;

import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/**
 * Runs a task on the thread that brings it while fewer than so many do that, and leaves it to
 * others otherwise: a gateway with little to do saves the hand-over, which takes longer than
 * decoding a short recording, and a busy one computes on no more threads than it has. Thread-safe.
 */
final class InPlaceExecutor implements Executor {
  private final Semaphore places;
  private final Executor others;

  /**
   * @param places most tasks at once on threads that brought them
   * @param others for all further ones
   */
  InPlaceExecutor(int places, Executor others) {
    this.places = new Semaphore(places);
    this.others = others;
  }

  @Override
  public void execute(Runnable task) {
    if (!places.tryAcquire()) {
      others.execute(task);
      return;
    }
    try {
      task.run();
    } finally {
      places.release();
    }
  }
}
