package io.mt2kd.gateway.triton.internal.replica;

import io.grpc.SynchronizationContext;
import io.grpc.SynchronizationContext.ScheduledHandle;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where everything happens that changes what is known of the replicas: one task after the other, in
 * the order of their coming, without a lock. Tasks never block; whichever thread brings one may
 * have to run others too.
 */
public final class ControlLoop implements Executor {
  private static final Logger log = LoggerFactory.getLogger(ControlLoop.class);

  // A task that fails must not take the later ones with it.
  private final SynchronizationContext tasks =
      new SynchronizationContext(
          (thread, failure) -> log.error("a task of the replicas failed", failure));
  private final ScheduledExecutorService scheduler;
  private final LongSupplier ticker;

  /**
   * @param scheduler for what comes later; the caller's to shut down
   * @param ticker nanoseconds of a clock that never goes back
   */
  public ControlLoop(ScheduledExecutorService scheduler, LongSupplier ticker) {
    this.scheduler = scheduler;
    this.ticker = ticker;
  }

  @Override
  public void execute(Runnable task) {
    tasks.execute(task);
  }

  /** Runs a task later, unless the handle is cancelled before. */
  public ScheduledHandle after(Duration delay, Runnable task) {
    return tasks.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS, scheduler);
  }

  /** Now, by the ticker. */
  public long nanos() {
    return ticker.getAsLong();
  }
}
