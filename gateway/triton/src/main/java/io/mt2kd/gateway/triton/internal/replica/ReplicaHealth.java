package io.mt2kd.gateway.triton.internal.replica;

import io.grpc.SynchronizationContext.ScheduledHandle;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.HealthOptions;
import io.mt2kd.gateway.triton.internal.protocol.BackendFailures;
import io.mt2kd.gateway.triton.internal.protocol.InferRequests;
import io.mt2kd.gateway.triton.internal.protocol.ModelLook;
import java.time.Duration;
import java.util.Iterator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a replica may take calls.
 *
 * <pre>
 * ABSENT ──a look finds the model──► WARMING_UP ──each head, each bucket answered──► READY
 *    ▲                                 │     ▲                                          │
 *    │                               fails   └──after the ejection time── EJECTED ◄─────┘
 *    │                                 └────────────────────────────────────►▲     fails
 *    └──from anywhere: the server says that it is not there, or two looks in a row are silent
 * </pre>
 *
 * <p>A ready replica fails when
 *
 * <ul>
 *   <li>its breaker opens: half of its last calls found nobody who answers;
 *   <li>it is silent: it has calls under way, and has ended none of them for the stall limit;
 *   <li>a probe, which any working replica can answer, is answered with a failure. A server whose
 *       Python stub is dead says "ready" for ever: only this finds it. A call that fails for
 *       reasons of the model brings the next probe forward, so that the probe decides whose fault
 *       it was.
 * </ul>
 *
 * The first two are measured against other replicas: they never take out the last one that is left,
 * which is better than none. The third is certain, and takes out the last one too. Each time in a
 * row the replica is out for longer: {@link EjectionTimes}. A call is told that its replica is
 * silent, so that it may go on elsewhere; it is never cancelled.
 *
 * <p>At most one call of our own is under way at a replica, so that one that hangs is not given
 * ever more of them. All of this on the control loop.
 */
public final class ReplicaHealth {
  private static final Logger log = LoggerFactory.getLogger(ReplicaHealth.class);

  private final Replica replica;
  private final HealthOptions options;
  private final ControlLoop loop;
  private final Observer observer;
  private final ModelWatch watch;
  private final EjectionTimes ejections;

  private Phase phase = Phase.ABSENT;
  private String reason = "the model server has not answered yet";
  private @Nullable ServedModel model;

  /** Of the phase: what belongs to an earlier one comes too late. */
  private int round;

  private long readySinceNanos;
  private long timesOut;
  private boolean ownCallUnderWay;

  /** So far; an end of an earlier one than the last comes too late. */
  private int ownCalls;

  private Runnable onceOwnCallEnds = () -> {};
  private boolean stopped;
  private @Nullable ScheduledHandle ticking;
  private @Nullable ScheduledHandle probing;

  /** Where a replica is on its way. */
  public enum Phase {
    ABSENT,
    WARMING_UP,
    READY,
    EJECTED
  }

  /** Whoever knows the other replicas; called on the control loop. */
  public interface Observer {
    /** Phase, reason or model is another now. */
    void changed();

    /** Whether another replica takes calls too. */
    boolean canSpare(ReplicaHealth replica);
  }

  public ReplicaHealth(
      Replica replica,
      HealthOptions options,
      Duration safetyLimit,
      ControlLoop loop,
      Observer observer) {
    this.replica = replica;
    this.options = options;
    this.loop = loop;
    this.observer = observer;
    this.ejections = new EjectionTimes(options.ejectionTime());
    this.watch =
        new ModelWatch(
            replica.channel(),
            new ModelLook(replica.channel(), replica.name(), replica.modelName(), safetyLimit),
            options,
            loop,
            new Looks());
    replica.listen(new Calls());
  }

  /** Starts looking. */
  public void start() {
    watch.start();
    tick();
    probing = loop.after(options.probeInterval(), this::probeAgain);
  }

  /** Ends all looking, and then lets the replica drain. */
  public void stop() {
    stopped = true;
    phase = Phase.ABSENT;
    round++;
    replica.listen(new Replica.Events() {});
    cancel(ticking);
    cancel(probing);
    watch.stop(replica::drain);
  }

  public Replica replica() {
    return replica;
  }

  public Phase phase() {
    return phase;
  }

  /** Why it is not ready; empty when it is. */
  public String reason() {
    return reason;
  }

  /** The model that it serves or would serve; null where none is there. */
  public @Nullable ServedModel model() {
    return model;
  }

  /** How often it has been taken out. */
  public long timesOut() {
    return timesOut;
  }

  private void tick() {
    if (stopped) {
      return;
    }
    if (replica.silence().compareTo(options.stallLimit()) > 0) {
      if (phase == Phase.READY) {
        eject("it has answered nothing for " + options.stallLimit().toMillis() + " ms", null);
      } else if (phase == Phase.WARMING_UP) {
        out("its warm-up is not answered", null);
      }
      // After the ejection: they must not choose this one again.
      replica.tellStalled();
    }
    ticking = loop.after(options.pollInterval(), this::tick);
  }

  // Warm-up.

  private void warmUp(ServedModel served) {
    model = served;
    enter(Phase.WARMING_UP, "the model is being warmed up");
    warmUp(round, served, WarmUp.batches(served.manifest()).iterator());
  }

  private void warmUp(int started, ServedModel served, Iterator<UtteranceBatch> rest) {
    if (started != round) {
      return;
    }
    if (ownCallUnderWay) {
      onceOwnCallEnds = () -> warmUp(started, served, rest);
    } else if (rest.hasNext()) {
      send(
          rest.next(),
          served,
          failure -> {
            if (failure == null) {
              warmUp(started, served, rest);
            } else if (started == round) {
              out("its warm-up fails", failure);
            }
          });
    } else {
      readySinceNanos = loop.nanos();
      replica.startServing(served);
      enter(Phase.READY, "");
      // After the change: they may choose this one again.
      replica.giveUpLeft();
    }
  }

  // Probes.

  private void probeAgain() {
    if (!stopped) {
      probe();
      probing = loop.after(options.probeInterval(), this::probeAgain);
    }
  }

  private void probe() {
    ServedModel served = model;
    if (phase != Phase.READY || ownCallUnderWay || served == null) {
      return;
    }
    int started = round;
    send(
        WarmUp.probe(served.manifest()),
        served,
        failure -> {
          // That nobody answers may be the load, or is found by a look.
          if (failure != null
              && started == round
              && !(BackendFailures.of(failure) instanceof UnavailableException)) {
            out("it fails on an utterance that any replica can answer", failure);
          }
        });
  }

  /**
   * @param ended with null where the batch was answered
   */
  private void send(UtteranceBatch batch, ServedModel served, Consumer<@Nullable Throwable> ended) {
    ownCallUnderWay = true;
    int call = ++ownCalls;
    replica.sendOwn(
        InferRequests.of(replica.modelName(), batch),
        batch,
        served,
        (output, failure) -> loop.execute(() -> ownCallEnded(call, output, failure, ended)));
  }

  private void ownCallEnded(
      int call,
      @Nullable BatchOutput output,
      @Nullable Throwable failure,
      Consumer<@Nullable Throwable> ended) {
    if (call != ownCalls) {
      return;
    }
    ownCallUnderWay = false;
    Runnable waiting = onceOwnCallEnds;
    onceOwnCallEnds = () -> {};
    ended.accept(output == null && failure == null ? new IllegalStateException() : failure);
    waiting.run();
  }

  // Out, and back again.

  /** Out unless it is the last one. */
  private void eject(String why, @Nullable Throwable cause) {
    if (phase != Phase.READY) {
      return;
    }
    if (observer.canSpare(this)) {
      out(why, cause);
    } else {
      replica.closeBreaker();
      log.warn("[{}] {}: it stays, for it is the last", replica.name(), why, cause);
    }
  }

  private void out(String why, @Nullable Throwable cause) {
    ServedModel served = model;
    Duration time = ejections.next(servedFor());
    log.warn("[{}] out for {} ms: {}", replica.name(), time.toMillis(), why, cause);
    timesOut++;
    enter(Phase.EJECTED, why);
    int started = round;
    loop.after(
        time,
        () -> {
          if (started == round && served != null) {
            warmUp(served);
          }
        });
  }

  private Duration servedFor() {
    return phase == Phase.READY ? Duration.ofNanos(loop.nanos() - readySinceNanos) : Duration.ZERO;
  }

  private void enter(Phase next, String why) {
    phase = next;
    reason = why;
    round++;
    observer.changed();
  }

  private static void cancel(@Nullable ScheduledHandle handle) {
    if (handle != null) {
      handle.cancel();
    }
  }

  private final class Looks implements ModelWatch.Listener {
    @Override
    public void present(ServedModel seen) {
      replica.doubt(false);
      if (phase == Phase.ABSENT || !seen.equals(model)) {
        log.info(
            "[{}] has {} {} ({}) on {} {}",
            replica.name(),
            seen.manifest().name(),
            seen.manifest().version(),
            seen.manifest().fingerprint(),
            seen.server(),
            seen.serverVersion());
        warmUp(seen);
      }
    }

    @Override
    public void doubtful() {
      replica.doubt(true);
      if (phase != Phase.ABSENT) {
        log.info("[{}] a look was not answered: the next one decides", replica.name());
      }
    }

    @Override
    public void absent(String why, @Nullable Throwable cause, boolean silent) {
      boolean news = phase != Phase.ABSENT || !reason.equals(why);
      if (news) {
        log.warn("[{}] {}", replica.name(), why, cause);
        model = null;
        enter(Phase.ABSENT, why);
      }
      // After the change: they must not choose this one again.
      if (silent) {
        replica.tellStalled();
      }
    }

    @Override
    public void connectionLeft() {
      log.warn("[{}] its connection is silent: it is left for a new one", replica.name());
      replica.leaveConnection();
      // Whatever waited for it belongs to a phase that is over.
      ownCalls++;
      ownCallUnderWay = false;
      onceOwnCallEnds = () -> {};
    }
  }

  private final class Calls implements Replica.Events {
    @Override
    public void unanswered() {
      loop.execute(watch::look);
    }

    @Override
    public void failedOnABatch() {
      loop.execute(ReplicaHealth.this::probe);
    }

    @Override
    public void breakerOpened() {
      loop.execute(() -> eject("half of its last calls found nobody who answers", null));
    }
  }
}
