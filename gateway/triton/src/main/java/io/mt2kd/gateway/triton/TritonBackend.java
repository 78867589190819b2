package io.mt2kd.gateway.triton;

import io.grpc.ManagedChannel;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.Placement;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.internal.dispatch.Dispatcher;
import io.mt2kd.gateway.triton.internal.fleet.Fleet;
import io.mt2kd.gateway.triton.internal.fleet.Serving;
import io.mt2kd.gateway.triton.internal.replica.ControlLoop;
import io.mt2kd.gateway.triton.internal.replica.Replica;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Servers of Triton's protocol as the inference backend: Tritons or the embedded engine, which it
 * cannot tell apart; one, or several replicas that serve the same model.
 *
 * <p>A batch goes to the replica with the least audio outstanding. Where that one is lost, it goes
 * on to another, within its time limit and a budget; the caller sees nothing of it. Where a replica
 * fails for reasons of the model, the caller is told. A call, once sent, is never cancelled on the
 * caller's behalf, unless {@link TritonOptions#cancelUpstream} says so.
 *
 * <p>A replica takes calls after a warm-up with the model that most of them have; while one of them
 * does, there is a model. Thread-safe.
 */
public final class TritonBackend implements InferenceBackend {
  private final TritonOptions options;
  private final LongSupplier ticker;
  private final ScheduledExecutorService scheduler;
  private final ExecutorService blocking;
  private final Fleet fleet;
  private final Dispatcher dispatcher;

  private TritonBackend(
      ReplicaDiscovery discovery,
      Function<String, ManagedChannel> channels,
      TritonOptions options,
      ScheduledExecutorService scheduler,
      ExecutorService blocking,
      LongSupplier ticker,
      Consumer<Boolean> listener) {
    this.options = options;
    this.ticker = ticker;
    this.scheduler = scheduler;
    this.blocking = blocking;
    this.fleet =
        new Fleet(
            discovery,
            channels,
            options,
            new ControlLoop(scheduler, ticker),
            ticker,
            blocking,
            listener);
    this.dispatcher = new Dispatcher(fleet::serving, options, ticker);
  }

  /**
   * Starts looking for one server and returns at once.
   *
   * @param channel to the server; owned from now on
   * @param replica name of the server in receipts and logs
   * @param listener told whether the model is there, at each change; must not block
   */
  public static TritonBackend connect(
      ManagedChannel channel, String replica, TritonOptions options, Consumer<Boolean> listener) {
    return connect(ReplicaDiscovery.fixed(List.of(replica)), address -> channel, options, listener);
  }

  /**
   * Starts looking for replicas and returns at once.
   *
   * @param channels opens a channel to an address; the channels are owned
   * @param listener told whether anybody serves the model, at each change; must not block
   */
  public static TritonBackend connect(
      ReplicaDiscovery discovery,
      Function<String, ManagedChannel> channels,
      TritonOptions options,
      Consumer<Boolean> listener) {
    ScheduledThreadPoolExecutor scheduler =
        new ScheduledThreadPoolExecutor(1, threads("replica-control"));
    scheduler.setRemoveOnCancelPolicy(true);
    return connect(
        discovery,
        channels,
        options,
        scheduler,
        Executors.newSingleThreadExecutor(threads("replica-discovery")),
        System::nanoTime,
        listener);
  }

  /** The same with threads and a clock of the caller's, both executors owned from now on. */
  static TritonBackend connect(
      ReplicaDiscovery discovery,
      Function<String, ManagedChannel> channels,
      TritonOptions options,
      ScheduledExecutorService scheduler,
      ExecutorService blocking,
      LongSupplier ticker,
      Consumer<Boolean> listener) {
    TritonBackend backend =
        new TritonBackend(discovery, channels, options, scheduler, blocking, ticker, listener);
    backend.fleet.start();
    return backend;
  }

  @Override
  public ServedModel model() {
    Serving serving = fleet.serving();
    ServedModel model = serving.model();
    if (model == null) {
      throw new UnavailableException(serving.absence());
    }
    return model;
  }

  @Override
  public CompletableFuture<BatchOutput> infer(UtteranceBatch batch, Placement placement) {
    return dispatcher.dispatch(batch, placement);
  }

  @Override
  public boolean stopsWhenCancelled() {
    return options.cancelUpstream();
  }

  @Override
  public List<String> replicas() {
    return fleet.serving().names();
  }

  /** How each replica does now, in the order in which they were found. */
  public List<ReplicaStatus> statuses() {
    return fleet.statuses();
  }

  /** What has been sent on from one replica to another so far. */
  public FailOverStatus failOver() {
    return dispatcher.failOver();
  }

  /** Lets calls under way finish within the safety limit; then gives them up. */
  @Override
  public void close() {
    CompletableFuture<List<Replica>> draining = new CompletableFuture<>();
    fleet.stop(draining::complete);
    List<Replica> replicas = draining.join();
    scheduler.shutdownNow();
    blocking.shutdownNow();
    long end = ticker.getAsLong() + options.safetyLimit().toNanos();
    try {
      for (Replica replica : replicas) {
        replica.awaitDrained(Math.max(0, end - ticker.getAsLong()));
      }
    } catch (InterruptedException e) {
      replicas.forEach(Replica::giveUp);
      Thread.currentThread().interrupt();
    }
  }

  private static ThreadFactory threads(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }
}
