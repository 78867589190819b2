package io.mt2kd.cli;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Many calls, some at a time, whose ends are told in the order of their starts. */
final class ConcurrentCalls {
  private ConcurrentCalls() {}

  /** Starts the call for one input. */
  interface Start<T, R> {
    CompletableFuture<R> start(T input) throws IOException;
  }

  /** Hears how calls ended, in the order of the inputs, in the thread that runs them. */
  interface Ends<T, R> {
    void succeeded(T input, R result);

    void failed(T input, Throwable failure);
  }

  /**
   * Runs them all; a failure of one does not stop the others.
   *
   * @param concurrency at most so many at a time, >= 1
   * @throws CancellationException on interrupt, which is kept; calls that run are cancelled
   */
  static <T, R> void run(List<T> inputs, int concurrency, Start<T, R> start, Ends<T, R> ends) {
    Semaphore permits = new Semaphore(concurrency);
    Deque<Running<T, R>> running = new ArrayDeque<>();
    try {
      for (T input : inputs) {
        permits.acquire();
        CompletableFuture<R> call = begin(input, start);
        running.add(
            new Running<>(input, call, call.whenComplete((result, failure) -> permits.release())));
        while (!running.isEmpty() && running.peek().call().isDone()) {
          tell(running.remove(), ends);
        }
      }
      permits.acquire(concurrency);
    } catch (InterruptedException e) {
      running.forEach(left -> left.call().cancel(true));
      Thread.currentThread().interrupt();
      throw (CancellationException) new CancellationException("interrupted").initCause(e);
    }
    running.forEach(left -> tell(left, ends));
  }

  private static <T, R> CompletableFuture<R> begin(T input, Start<T, R> start) {
    try {
      return start.start(input);
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <T, R> void tell(Running<T, R> ended, Ends<T, R> ends) {
    R result;
    try {
      result = ended.call().join();
    } catch (CompletionException e) {
      @Nullable Throwable cause = e.getCause();
      ends.failed(ended.input(), cause == null ? e : cause);
      return;
    } catch (CancellationException e) {
      ends.failed(ended.input(), e);
      return;
    }
    ends.succeeded(ended.input(), result);
  }

  private record Running<T, R>(T input, CompletableFuture<R> call, CompletableFuture<R> released) {}
}
