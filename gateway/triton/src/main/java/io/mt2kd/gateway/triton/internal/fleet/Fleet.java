package io.mt2kd.gateway.triton.internal.fleet;

import io.grpc.ManagedChannel;
import io.grpc.SynchronizationContext.ScheduledHandle;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.triton.ReplicaDiscovery;
import io.mt2kd.gateway.triton.ReplicaStatus;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.gateway.triton.TritonOptions;
import io.mt2kd.gateway.triton.internal.replica.ControlLoop;
import io.mt2kd.gateway.triton.internal.replica.Replica;
import io.mt2kd.gateway.triton.internal.replica.ReplicaHealth;
import io.mt2kd.gateway.triton.internal.replica.ReplicaHealth.Phase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All replicas. Discovery is asked again and again; a replica that is new is looked at and warmed
 * up before it takes calls, one that has left the list takes none any more while those under way
 * end. An answer without any address, or none at all, changes nothing: losing the name service must
 * not lose the replicas.
 *
 * <p>Those that are ready and have the elected model take calls: {@link FingerprintElection}. The
 * others that are ready are kept out, warm, which the log says.
 *
 * <p>Changes happen on the control loop; {@link #serving} and {@link #statuses} may be read by any
 * thread.
 */
public final class Fleet implements ReplicaHealth.Observer {
  private static final Logger log = LoggerFactory.getLogger(Fleet.class);

  private final ReplicaDiscovery discovery;
  private final Function<String, ManagedChannel> channels;
  private final TritonOptions options;
  private final ControlLoop loop;
  private final LongSupplier ticker;
  private final Executor blocking;
  private final Consumer<Boolean> listener;

  // On the control loop only.
  private final Map<String, ReplicaHealth> members = new LinkedHashMap<>();
  private final List<Replica> draining = new ArrayList<>();
  private final Set<String> keptOut = new HashSet<>();
  private @Nullable String fingerprint;
  private boolean discoveryFails;
  private @Nullable ScheduledHandle nextDiscovery;

  private volatile Serving serving = Serving.nobody("no model server is known yet");
  private volatile List<Member> snapshot = List.of();
  private volatile boolean stopped;

  /**
   * @param channels opens one to an address
   * @param blocking runs discovery, which may block it
   * @param listener told whether anybody takes calls, at each change
   */
  public Fleet(
      ReplicaDiscovery discovery,
      Function<String, ManagedChannel> channels,
      TritonOptions options,
      ControlLoop loop,
      LongSupplier ticker,
      Executor blocking,
      Consumer<Boolean> listener) {
    this.discovery = discovery;
    this.channels = channels;
    this.options = options;
    this.loop = loop;
    this.ticker = ticker;
    this.blocking = blocking;
    this.listener = listener;
  }

  private record Member(
      Replica replica, State state, String reason, @Nullable ServedModel model, long timesOut) {}

  /** Asks discovery now and from now on. */
  public void start() {
    try {
      blocking.execute(this::discover);
    } catch (RejectedExecutionException e) {
      log.debug("no discovery any more", e);
    }
  }

  /** Who takes calls now. */
  public Serving serving() {
    return serving;
  }

  /** How each replica does now. */
  public List<ReplicaStatus> statuses() {
    return snapshot.stream()
        .map(
            member ->
                new ReplicaStatus(
                    member.replica().name(),
                    member.state(),
                    member.reason(),
                    member.model() == null ? null : member.model().manifest().fingerprint(),
                    Waveform.durationOf(member.replica().outstandingSamples()),
                    member.replica().calls(),
                    member.replica().weight(),
                    member.replica().isBroken(),
                    member.timesOut()))
        .toList();
  }

  /**
   * Ends everything but the calls under way. Nobody takes calls afterwards, of which the listener
   * is not told.
   *
   * @param then on the control loop, with the replicas, which are draining
   */
  public void stop(Consumer<List<Replica>> then) {
    stopped = true;
    loop.execute(
        () -> {
          if (nextDiscovery != null) {
            nextDiscovery.cancel();
          }
          members.values().forEach(this::drain);
          members.clear();
          serving = Serving.nobody("the gateway is stopping");
          snapshot = List.of();
          then.accept(List.copyOf(draining));
        });
  }

  private void discover() {
    try {
      List<String> addresses = discovery.addresses();
      loop.execute(() -> discovered(addresses));
    } catch (IOException | RuntimeException e) {
      loop.execute(() -> undiscovered(e));
    }
  }

  private void discovered(List<String> addresses) {
    if (stopped) {
      return;
    }
    if (addresses.isEmpty()) {
      undiscovered(new IOException("no address at all"));
      return;
    }
    discoveryFails = false;
    Set<String> listed = new LinkedHashSet<>(addresses);
    List<ReplicaHealth> gone =
        members.values().stream()
            .filter(member -> !listed.contains(member.replica().name()))
            .toList();
    List<ReplicaHealth> come = new ArrayList<>();
    for (String address : listed) {
      if (!members.containsKey(address)) {
        ReplicaHealth member = open(address);
        members.put(address, member);
        come.add(member);
      }
    }
    gone.forEach(member -> members.remove(member.replica().name()));
    if (!gone.isEmpty() || !come.isEmpty()) {
      changed();
    }
    // After the change: none of them is chosen any more.
    for (ReplicaHealth member : gone) {
      log.info("[{}] is no replica any more: its calls end", member.replica().name());
      drain(member);
    }
    come.forEach(ReplicaHealth::start);
    nextDiscovery = loop.after(options.discoveryInterval(), this::start);
  }

  private void undiscovered(Exception cause) {
    if (stopped) {
      return;
    }
    if (!discoveryFails) {
      log.warn("the replicas cannot be found: those known so far stay", cause);
    }
    discoveryFails = true;
    nextDiscovery = loop.after(options.discoveryInterval(), this::start);
  }

  private ReplicaHealth open(String address) {
    log.info("[{}] is a replica from now on", address);
    Replica replica = new Replica(address, channels.apply(address), options, ticker);
    return new ReplicaHealth(replica, options.health(), options.safetyLimit(), loop, this);
  }

  private void drain(ReplicaHealth member) {
    member.stop();
    keptOut.remove(member.replica().name());
    draining.removeIf(Replica::isDrained);
    draining.add(member.replica());
  }

  @Override
  public boolean canSpare(ReplicaHealth replica) {
    return serving.replicas().stream().anyMatch(other -> other != replica.replica());
  }

  @Override
  public void changed() {
    if (stopped) {
      return;
    }
    elect();
    List<Member> all = members.values().stream().map(this::member).toList();
    List<Member> takers = all.stream().filter(m -> m.state() == State.SERVING).toList();
    all.forEach(this::tellKeptOut);
    Serving before = serving;
    snapshot = all;
    serving =
        takers.isEmpty()
            ? Serving.nobody(absence(all))
            : Serving.of(takers.stream().map(Member::replica).toList(), takers.get(0).model());
    if (!serving.replicas().equals(before.replicas())) {
      log.info("{} of {} replicas take calls", takers.size(), all.size());
    }
    if (takers.isEmpty() != before.replicas().isEmpty()) {
      tell(!takers.isEmpty());
    }
  }

  private void elect() {
    List<String> votes =
        members.values().stream()
            .filter(member -> member.phase() == Phase.READY)
            .map(ReplicaHealth::model)
            .filter(Objects::nonNull)
            .map(model -> model.manifest().fingerprint())
            .toList();
    String elected = FingerprintElection.elect(fingerprint, votes);
    if (fingerprint != null && !fingerprint.equals(elected)) {
      log.warn("model {} is served from now on, no more {}", elected, fingerprint);
    }
    fingerprint = elected;
  }

  private Member member(ReplicaHealth health) {
    ServedModel model = health.model();
    State state =
        switch (health.phase()) {
          case ABSENT -> State.ABSENT;
          case WARMING_UP -> State.WARMING_UP;
          case EJECTED -> State.EJECTED;
          case READY ->
              model != null && model.manifest().fingerprint().equals(fingerprint)
                  ? State.SERVING
                  : State.KEPT_OUT;
        };
    return new Member(
        health.replica(),
        state,
        state == State.KEPT_OUT ? "it serves another model than the others" : health.reason(),
        model,
        health.timesOut());
  }

  private void tellKeptOut(Member member) {
    String name = member.replica().name();
    if (member.state() != State.KEPT_OUT) {
      keptOut.remove(name);
    } else if (keptOut.add(name) && member.model() != null) {
      log.warn(
          "[{}] is kept out: it has model {}, the others {}",
          name,
          member.model().manifest().fingerprint(),
          fingerprint);
    }
  }

  private static String absence(List<Member> all) {
    return all.isEmpty() ? "no model server is known" : all.get(0).reason();
  }

  // A listener's failure is no news about the replicas.
  private void tell(boolean somebody) {
    try {
      listener.accept(somebody);
    } catch (RuntimeException e) {
      log.error("listener failed on {}", somebody, e);
    }
  }
}
