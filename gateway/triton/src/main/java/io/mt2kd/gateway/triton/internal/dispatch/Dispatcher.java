package io.mt2kd.gateway.triton.internal.dispatch;

import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Placement;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.FailOverStatus;
import io.mt2kd.gateway.triton.TritonOptions;
import io.mt2kd.gateway.triton.internal.fleet.Serving;
import io.mt2kd.gateway.triton.internal.replica.Replica;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends each batch to the best replica, and on to another where that one fails. Thread-safe. */
public final class Dispatcher {
  private final Supplier<Serving> serving;
  private final TritonOptions options;
  private final LongSupplier ticker;
  private final LeastOutstanding choice = new LeastOutstanding();
  private final RetryBudget budget;
  private final LongAdder retries = new LongAdder();
  private final LongAdder moves = new LongAdder();
  private final LongAdder refused = new LongAdder();

  /**
   * @param serving who takes calls now
   * @param ticker nanoseconds of a clock that never goes back
   */
  public Dispatcher(Supplier<Serving> serving, TritonOptions options, LongSupplier ticker) {
    this.serving = serving;
    this.options = options;
    this.ticker = ticker;
    this.budget = new RetryBudget(ticker);
  }

  /** As {@link io.mt2kd.gateway.core.inference.InferenceBackend#infer}. */
  public CompletableFuture<BatchOutput> dispatch(UtteranceBatch batch, Placement placement) {
    budget.called();
    return new DispatchedBatch(this, batch, placement).start();
  }

  /** What has been sent on so far. */
  public FailOverStatus failOver() {
    return new FailOverStatus(retries.sum(), moves.sum(), refused.sum(), budget.level());
  }

  void retried() {
    retries.increment();
  }

  void moved() {
    moves.increment();
  }

  void refused() {
    refused.increment();
  }

  Serving serving() {
    return serving.get();
  }

  TritonOptions options() {
    return options;
  }

  long nanos() {
    return ticker.getAsLong();
  }

  RetryBudget budget() {
    return budget;
  }

  @Nullable Replica choose(
      Serving now, Collection<Replica> tried, Collection<String> full, long samples) {
    return choice.choose(now.replicas(), tried, full, samples);
  }
}
