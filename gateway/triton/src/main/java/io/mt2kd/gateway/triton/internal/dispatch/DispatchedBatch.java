package io.mt2kd.gateway.triton.internal.dispatch;

import inference.ModelInferRequest;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Placement;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.logging.LogContext;
import io.mt2kd.gateway.triton.internal.fleet.Serving;
import io.mt2kd.gateway.triton.internal.protocol.BackendFailures;
import io.mt2kd.gateway.triton.internal.protocol.InferRequests;
import io.mt2kd.gateway.triton.internal.replica.Replica;
import io.mt2kd.gateway.triton.internal.replica.UpstreamCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One batch on its way over one or more replicas. The request is built once.
 *
 * <p>One attempt is the current one. A failure of it is decided on, of an earlier one is dropped;
 * whoever replaces it by the next has taken that decision, so that a failure and a stall at the
 * same time do not both go on. A stalled attempt is only replaced where another replica takes the
 * batch; it goes on, and whichever answers first has answered.
 */
final class DispatchedBatch {
  private static final Logger log = LoggerFactory.getLogger(DispatchedBatch.class);
  private static final Duration FULL_RETRY = Duration.ofSeconds(1);

  private final Dispatcher dispatcher;
  private final UtteranceBatch batch;
  private final Placement placement;
  private final ModelInferRequest request;
  private final long samples;
  private final long startNanos;
  private final CompletableFuture<BatchOutput> result = new CompletableFuture<>();
  private final AtomicReference<@Nullable Attempt> current = new AtomicReference<>();

  DispatchedBatch(Dispatcher dispatcher, UtteranceBatch batch, Placement placement) {
    this.dispatcher = dispatcher;
    this.batch = batch;
    this.placement = placement;
    this.request = InferRequests.of(dispatcher.options().model(), batch);
    this.samples = (long) batch.waveforms().size() * batch.paddedSamples();
    this.startNanos = dispatcher.nanos();
  }

  CompletableFuture<BatchOutput> start() {
    Serving serving = dispatcher.serving();
    Replica replica = choose(serving, List.of());
    if (replica != null) {
      Attempt first = new Attempt(List.of(replica));
      current.set(first);
      first.send(replica);
      if (dispatcher.options().cancelUpstream()) {
        result.whenComplete((output, failure) -> propagateCancel());
      }
    } else if (serving.replicas().isEmpty()) {
      result.completeExceptionally(new UnavailableException(serving.absence()));
    } else {
      result.completeExceptionally(
          new OverloadedException("every replica has as many calls as it may", FULL_RETRY));
    }
    return result;
  }

  private @Nullable Replica choose(Serving serving, List<Replica> avoided) {
    return dispatcher.choose(serving, avoided, placement.full(), samples);
  }

  private void propagateCancel() {
    Attempt last = current.get();
    if (result.isCancelled() && last != null) {
      last.cancel();
    }
  }

  private Duration timeLeft() {
    return batch.timeLimit().minusNanos(dispatcher.nanos() - startNanos);
  }

  /** By default the safety limit alone: an earlier end would be a cancel upstream. */
  private Duration limit() {
    Duration safety = dispatcher.options().safetyLimit();
    Duration left = timeLeft();
    boolean shorter =
        dispatcher.options().cancelUpstream()
            && left.compareTo(safety) < 0
            && left.compareTo(Duration.ZERO) > 0;
    return shorter ? left : safety;
  }

  /** At one replica. */
  private final class Attempt implements UpstreamCall.Listener {
    /** Where the batch has been, this one last. */
    private final List<Replica> tried;

    private volatile @Nullable UpstreamCall call;

    Attempt(List<Replica> tried) {
      this.tried = tried;
    }

    void send(Replica replica) {
      placement.goesTo(replica.name());
      UpstreamCall sent = replica.send(request, batch, limit(), this);
      call = sent;
      // The cancel may have come in between.
      if (result.isCancelled() && dispatcher.options().cancelUpstream()) {
        sent.cancel();
      }
    }

    void cancel() {
      UpstreamCall sent = call;
      if (sent != null) {
        sent.cancel();
      }
    }

    @Override
    public void ended(@Nullable BatchOutput output, @Nullable Throwable failure) {
      if (output != null) {
        result.complete(output);
      } else if (current.get() == this && !result.isDone()) {
        Throwable cause = failure == null ? new IllegalStateException("no reply") : failure;
        if (!RetryDecision.mayRetry(cause, tried.size(), timeLeft())
            || !moveOn(
                RetryDecision.mayReturn(cause) ? tried.subList(0, tried.size() - 1) : tried,
                cause.toString(),
                dispatcher::retried)) {
          // Unless a stall has moved it on meanwhile.
          if (current.get() == this) {
            result.completeExceptionally(BackendFailures.of(cause));
          }
        }
      }
    }

    @Override
    public void stalled() {
      if (current.get() == this
          && !result.isDone()
          && RetryDecision.mayMoveOn(tried.size(), timeLeft())) {
        moveOn(tried, "no answer", dispatcher::moved);
      }
    }

    /**
     * @param avoided where it does not go on
     * @param counted where the batch goes on because of this
     */
    private boolean moveOn(List<Replica> avoided, String why, Runnable counted) {
      Replica next = choose(dispatcher.serving(), avoided);
      if (next == null) {
        return false;
      }
      List<Replica> places = new ArrayList<>(tried);
      places.add(next);
      Attempt attempt = new Attempt(places);
      if (!dispatcher.budget().tryRetry()) {
        next.leave();
        dispatcher.refused();
        try (LogContext named = LogContext.of(batch.id(), batch.traceParent())) {
          log.warn("[{}] {}: no more retries now", batch.id(), why);
        }
        return false;
      }
      if (!current.compareAndSet(this, attempt)) {
        next.leave();
        return true;
      }
      counted.run();
      try (LogContext named = LogContext.of(batch.id(), batch.traceParent())) {
        log.info("[{}] goes on from {} to {}: {}", batch.id(), last().name(), next.name(), why);
      }
      attempt.send(next);
      return true;
    }

    private Replica last() {
      return tried.get(tried.size() - 1);
    }
  }
}
