package io.mt2kd.gateway.triton.internal.replica;

import static io.grpc.Status.Code.DEADLINE_EXCEEDED;

import inference.GRPCInferenceServiceGrpc;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.TritonOptions;
import io.mt2kd.gateway.triton.internal.protocol.BackendFailures;
import io.mt2kd.gateway.triton.internal.protocol.ConnectionLeftException;
import io.mt2kd.gateway.triton.internal.protocol.InferResponses;
import io.mt2kd.gateway.triton.internal.protocol.UnaryCall;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server: its channel, the gate before it, and what is under way at it. Thread-safe; nothing
 * here blocks.
 *
 * <p>The gate is a circuit breaker, which opens when half of the last calls found nobody who
 * answers, and a bulkhead, which bounds the calls under way. Failures of the model do not open the
 * breaker: they may be the batch's own fault, and {@link ReplicaHealth} finds that out by a probe.
 * An open breaker stays open until the replica has been warmed up again.
 */
public final class Replica {
  private static final Logger log = LoggerFactory.getLogger(Replica.class);
  private static final int LAST_CALLS = 20;
  private static final int FEWEST_CALLS = 5;
  private static final float FAILED_PERCENT = 50;

  private final String name;
  private final ManagedChannel channel;
  private final TritonOptions options;
  private final LongSupplier ticker;
  private final SlowStart slowStart;
  private final CircuitBreaker breaker;
  private final Bulkhead bulkhead;
  private final Set<UpstreamCall> underWay = ConcurrentHashMap.newKeySet();

  /** Among them, on connections that were left. */
  private final Set<UpstreamCall> left = ConcurrentHashMap.newKeySet();

  private final AtomicLong outstandingSamples = new AtomicLong();

  private volatile Events events = new Events() {};
  private volatile @Nullable ServedModel model;
  private volatile long servingSinceNanos;
  private volatile boolean doubtful;
  private volatile boolean draining;

  /** When the last sign of life came, or when the first of the calls under way left. */
  private volatile long quietSinceNanos;

  /** What calls tell of the replica; on the transport's threads. */
  interface Events {
    /** A call found nobody who answers. */
    default void unanswered() {}

    /** The server failed on a batch: the batch's fault or its own. */
    default void failedOnABatch() {}

    /** Too many of the last calls found nobody who answers. */
    default void breakerOpened() {}
  }

  /**
   * @param channel to the server; owned
   */
  public Replica(String name, ManagedChannel channel, TritonOptions options, LongSupplier ticker) {
    this.name = name;
    this.channel = channel;
    this.options = options;
    this.ticker = ticker;
    this.slowStart = new SlowStart(options.slowStart());
    this.breaker =
        CircuitBreaker.of(
            name,
            CircuitBreakerConfig.custom()
                .slidingWindowSize(LAST_CALLS)
                .minimumNumberOfCalls(FEWEST_CALLS)
                .failureRateThreshold(FAILED_PERCENT)
                .slowCallDurationThreshold(options.safetyLimit())
                // Not time but a warm-up closes it.
                .waitDurationInOpenState(Duration.ofDays(365))
                .build());
    this.bulkhead =
        Bulkhead.of(
            name,
            BulkheadConfig.custom()
                .maxConcurrentCalls(options.callsPerReplica())
                .maxWaitDuration(Duration.ZERO)
                .build());
    breaker
        .getEventPublisher()
        .onStateTransition(
            event -> {
              if (event.getStateTransition().getToState() == State.OPEN) {
                events.breakerOpened();
              }
            });
  }

  /** Its address. */
  public String name() {
    return name;
  }

  /** Audio under way at it in samples, padding included, whether or not anybody waits for it. */
  public long outstandingSamples() {
    return outstandingSamples.get();
  }

  /** Calls that hold a place at it. */
  public int calls() {
    return options.callsPerReplica() - bulkhead.getMetrics().getAvailableConcurrentCalls();
  }

  /** Share of a whole replica that it counts as now: above 0, at most 1. */
  public double weight() {
    return slowStart.weight(ticker.getAsLong() - servingSinceNanos);
  }

  /** Whether half of its last calls found nobody who answers. */
  public boolean isBroken() {
    return breaker.getState() == State.OPEN;
  }

  /** Whether the last call or look was not answered, and the next look is still to come. */
  public boolean isDoubtful() {
    return doubtful;
  }

  /**
   * Takes a place for one call, which {@link #send} then uses or {@link #leave} gives back.
   *
   * @param evenIfBroken whether an open breaker counts
   */
  public boolean tryEnter(boolean evenIfBroken) {
    if (!bulkhead.tryAcquirePermission()) {
      return false;
    }
    if (!breaker.tryAcquirePermission() && !evenIfBroken) {
      bulkhead.releasePermission();
      return false;
    }
    return true;
  }

  /** Gives a place back that was not used. */
  public void leave() {
    breaker.releasePermission();
    bulkhead.releasePermission();
  }

  /** Sends a batch on a place taken by {@link #tryEnter}. */
  public UpstreamCall send(
      ModelInferRequest request,
      UtteranceBatch batch,
      Duration limit,
      UpstreamCall.Listener listener) {
    ServedModel served = model;
    if (served == null) {
      throw new IllegalStateException("a call for " + name + ", which has never served");
    }
    return start(
        request, new UpstreamCall(batch, served, ticker.getAsLong(), true, limit, listener));
  }

  /** Sends a batch of our own, past the gate. */
  void sendOwn(
      ModelInferRequest request,
      UtteranceBatch batch,
      ServedModel served,
      UpstreamCall.Listener listener) {
    start(
        request,
        new UpstreamCall(
            batch, served, ticker.getAsLong(), false, options.safetyLimit(), listener));
  }

  private UpstreamCall start(ModelInferRequest request, UpstreamCall call) {
    if (left.containsAll(underWay)) {
      quietSinceNanos = call.startNanos;
    }
    underWay.add(call);
    outstandingSamples.addAndGet(call.samples);
    if (draining) {
      // The drain may not have seen the call, and shuts the channel down.
      end(call, null, Status.UNAVAILABLE.withDescription("it is draining").asException());
      return call;
    }
    UnaryCall<ModelInferResponse> started =
        UnaryCall.start(
            channel,
            GRPCInferenceServiceGrpc.getModelInferMethod(),
            request,
            call.limit,
            InferResponses.mostBytes(call.batch, call.model.manifest()),
            call.batch.traceParent());
    call.started(started);
    started.reply().whenComplete((response, failure) -> end(call, response, failure));
    return call;
  }

  private void end(
      UpstreamCall call, @Nullable ModelInferResponse response, @Nullable Throwable failure) {
    if (!underWay.remove(call)) {
      // Of a connection that was left, after all.
      return;
    }
    left.remove(call);
    Duration time = Duration.ofNanos(ticker.getAsLong() - call.startNanos);
    outstandingSamples.addAndGet(-call.samples);
    // Our own limit is no sign of life.
    boolean late = failure != null && Status.fromThrowable(failure).getCode() == DEADLINE_EXCEEDED;
    if (!late) {
      quietSinceNanos = ticker.getAsLong();
    }
    BatchOutput output = null;
    Throwable problem = failure;
    if (response != null) {
      try {
        output =
            new BatchOutput(
                InferResponses.read(response, call.batch, call.model.manifest()), call.model, time);
      } catch (RuntimeException e) {
        problem = e;
      }
    }
    if (call.gated) {
      bulkhead.onComplete();
      boolean givenUp =
          call.isCancelled()
              || failure instanceof ConnectionLeftException
              || (late && call.limit.compareTo(options.safetyLimit()) < 0);
      if (givenUp) {
        breaker.releasePermission();
      } else {
        account(problem, time);
      }
    }
    try {
      call.listener().ended(output, problem);
    } catch (RuntimeException e) {
      log.error("[{}] the end of a call was not taken", name, e);
    }
    closeIfDrained();
  }

  private void account(@Nullable Throwable problem, Duration time) {
    if (problem == null) {
      breaker.onSuccess(time.toNanos(), TimeUnit.NANOSECONDS);
    } else if (BackendFailures.of(problem) instanceof UnavailableException) {
      // Before the caller is told: it must not choose this one again.
      doubtful = true;
      breaker.onError(time.toNanos(), TimeUnit.NANOSECONDS, problem);
      events.unanswered();
    } else {
      breaker.releasePermission();
      events.failedOnABatch();
    }
  }

  /**
   * For how long it has ended none of the calls under way; zero without any. Those on connections
   * that were left say nothing of the connection of now.
   */
  Duration silence() {
    return left.containsAll(underWay)
        ? Duration.ZERO
        : Duration.ofNanos(ticker.getAsLong() - quietSinceNanos);
  }

  /** Tells the calls under way that the replica does not answer. */
  void tellStalled() {
    underWay.forEach(call -> call.listener().stalled());
  }

  void listen(Events listener) {
    events = listener;
  }

  /** The connection of the calls under way is not used any more; they may still be answered. */
  void leaveConnection() {
    left.addAll(underWay);
  }

  /** It takes calls for this model from now on, as a newcomer. */
  void startServing(ServedModel served) {
    model = served;
    servingSinceNanos = ticker.getAsLong();
    doubtful = false;
    breaker.reset();
  }

  /**
   * Ends the calls on connections that were left: the server has answered later ones by now, and
   * would have answered them.
   */
  void giveUpLeft() {
    for (UpstreamCall call : Set.copyOf(left)) {
      // Also one that ended while it was left.
      left.remove(call);
      end(call, null, new ConnectionLeftException());
    }
  }

  void doubt(boolean isDoubtful) {
    doubtful = isDoubtful;
  }

  /** Forgets the failures that were counted. */
  void closeBreaker() {
    breaker.reset();
  }

  ManagedChannel channel() {
    return channel;
  }

  String modelName() {
    return options.model();
  }

  /**
   * Takes nothing new; what is under way ends by itself or at the safety limit. No look may be
   * under way.
   */
  void drain() {
    draining = true;
    channel.shutdown();
    closeIfDrained();
  }

  // Else an attempt to connect would go on. Only without a call that is about to start: gRPC's
  // in-process transport breaks where it is shut down under the start of one, and never ends then.
  private void closeIfDrained() {
    if (draining && underWay.isEmpty()) {
      channel.shutdownNow();
    }
  }

  /** Whether nothing is under way any more after {@link #drain}. */
  public boolean isDrained() {
    return channel.isTerminated();
  }

  /** Waits until everything has ended; gives up what has not by then. Blocks. */
  public void awaitDrained(long nanos) throws InterruptedException {
    if (!channel.awaitTermination(nanos, TimeUnit.NANOSECONDS)) {
      channel.shutdownNow();
    }
  }

  /** Breaks off what is under way. */
  public void giveUp() {
    channel.shutdownNow();
  }
}
