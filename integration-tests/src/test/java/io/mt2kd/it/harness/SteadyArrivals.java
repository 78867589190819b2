package io.mt2kd.it.harness;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.RecognizeRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A call every so often, whether or not those before have ended, as callers come in real life. */
public final class SteadyArrivals implements AutoCloseable {
  private static final Duration MOST = Duration.ofSeconds(90);

  private final Mt2kdClient client;
  private final RecognizeRequest request;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ScheduledFuture<?> ticking;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Hold the lock for all of these.
  private final List<Throwable> failures = new ArrayList<>();
  private long started;
  private long answers;
  private long slowestNanos;

  private SteadyArrivals(Mt2kdClient client, RecognizeRequest request, Duration interval) {
    this.client = client;
    this.request = request;
    this.ticking =
        clock.scheduleAtFixedRate(this::call, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Starts calling; the client's time limit is the calls' deadline. */
  public static SteadyArrivals start(
      Mt2kdClient client, RecognizeRequest request, Duration interval) {
    return new SteadyArrivals(client, request, interval);
  }

  /** Returns after so many further answers. */
  public void awaitAnswers(int count) throws InterruptedException {
    long wanted = read(() -> answers) + count;
    await(() -> answers >= wanted);
  }

  /** Returns after so many further calls were started. */
  public void awaitCalls(int count) throws InterruptedException {
    long wanted = read(() -> started) + count;
    await(() -> started >= wanted);
  }

  /** Returns once as many calls have ended as have been started until now. */
  public void awaitCallsUnderWay() throws InterruptedException {
    long wanted = read(() -> started);
    await(() -> answers + failures.size() >= wanted);
  }

  /** What has failed so far. */
  public List<Throwable> failures() {
    lock.lock();
    try {
      return List.copyOf(failures);
    } finally {
      lock.unlock();
    }
  }

  /** The longest that a caller has waited for its answer or its error. */
  public Duration slowest() {
    lock.lock();
    try {
      return Duration.ofNanos(slowestNanos);
    } finally {
      lock.unlock();
    }
  }

  /** In words, for the log of the tests. */
  public String summary() {
    lock.lock();
    try {
      return "%d calls, %d failed, slowest %d ms"
          .formatted(started, failures.size(), TimeUnit.NANOSECONDS.toMillis(slowestNanos));
    } finally {
      lock.unlock();
    }
  }

  /** Starts no more calls and waits for those under way. */
  @Override
  public void close() throws InterruptedException {
    ticking.cancel(false);
    clock.shutdown();
    awaitCallsUnderWay();
  }

  private long read(LongSupplier value) {
    lock.lock();
    try {
      return value.getAsLong();
    } finally {
      lock.unlock();
    }
  }

  private void await(BooleanSupplier condition) throws InterruptedException {
    long nanos = MOST.toNanos();
    lock.lock();
    try {
      while (!condition.getAsBoolean()) {
        if (nanos <= 0) {
          throw new AssertionError(
              "not after %s: %s, last failure %s"
                  .formatted(
                      MOST,
                      summary(),
                      failures.isEmpty() ? "none" : failures.get(failures.size() - 1)));
        }
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  private void call() {
    lock.lock();
    try {
      started++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    long start = System.nanoTime();
    client
        .async()
        .recognize(request)
        .whenComplete((recognition, failure) -> ended(System.nanoTime() - start, failure));
  }

  private void ended(long nanos, @Nullable Throwable failure) {
    lock.lock();
    try {
      slowestNanos = Math.max(slowestNanos, nanos);
      if (failure == null) {
        answers++;
      } else {
        failures.add(
            failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
