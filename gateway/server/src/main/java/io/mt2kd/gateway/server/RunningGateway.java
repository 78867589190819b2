package io.mt2kd.gateway.server;

import java.time.Duration;

/** A gateway that answers calls until it is closed. Thread-safe. */
public interface RunningGateway extends AutoCloseable {
  /** Port that callers reach; -1 on the in-process transport. */
  int port();

  /**
   * Waits until the model is there.
   *
   * @return whether it is
   */
  boolean awaitReady(Duration atMost) throws InterruptedException;

  /** Waits until somebody closes the gateway. */
  void awaitTermination() throws InterruptedException;

  /**
   * Says NOT_SERVING, takes no new calls, lets those under way finish within the drain limit, then
   * gives them up. Idempotent.
   */
  @Override
  void close();
}
