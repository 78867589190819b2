package io.mt2kd.gateway.triton;

import static java.util.Objects.requireNonNull;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.gateway.triton.fixture.FakeClock;
import io.mt2kd.gateway.triton.fixture.FakeTriton;
import io.mt2kd.gateway.triton.fixture.FakeTriton.InferCall;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A backend in front of several servers; everything happens on the test's thread. */
final class FakeReplicas implements AfterEachCallback {
  static final Duration SAFETY_LIMIT = Duration.ofMinutes(5);
  static final HealthOptions HEALTH =
      new HealthOptions(
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(4),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5));
  static final TritonOptions OPTIONS =
      new TritonOptions(
          "mt2kd", SAFETY_LIMIT, false, 4, Duration.ZERO, Duration.ofSeconds(10), HEALTH);

  final FakeClock clock = new FakeClock();
  final List<Boolean> told = new ArrayList<>();
  final List<String> addresses = new ArrayList<>();

  /** What discovery does instead of answering. */
  @Nullable IOException discoveryFailure;

  private final Map<String, FakeTriton> servers = new LinkedHashMap<>();
  private final Map<String, Integer> opened = new HashMap<>();
  private @Nullable TritonBackend backend;

  /** Starts the servers, and the backend that looks for them. */
  TritonBackend start(TritonOptions options, String... names) throws IOException {
    for (String name : names) {
      add(name);
    }
    return connect(options);
  }

  TritonBackend connect(TritonOptions options) {
    TritonBackend connected =
        TritonBackend.connect(
            this::discover,
            address -> {
              opened.merge(address, 1, Integer::sum);
              return server(address).directChannel();
            },
            options,
            clock.scheduler(),
            clock.scheduler(),
            clock.ticker(),
            told::add);
    backend = connected;
    return connected;
  }

  /** One more server, which discovery finds from now on. */
  FakeTriton add(String name) throws IOException {
    FakeTriton server = new FakeTriton();
    server.start();
    servers.put(name, server);
    addresses.add(name);
    return server;
  }

  FakeTriton server(String name) {
    return requireNonNull(servers.get(name), name);
  }

  /** How often a channel to it was opened. */
  int opened(String name) {
    return opened.getOrDefault(name, 0);
  }

  /** Of one utterance of so many samples. */
  CompletableFuture<BatchOutput> infer(int samples) {
    return requireNonNull(backend).infer(batch(samples, UtteranceBatch.NO_TIME_LIMIT));
  }

  static UtteranceBatch batch(int samples, Duration timeLimit) {
    return new UtteranceBatch(
        "r1", List.of(Waveform.of(new short[samples])), samples, Set.of(Head.AT), timeLimit);
  }

  /** The oldest call of a caller that waits at a server. */
  InferCall call(String name) {
    return requireNonNull(server(name).inferCalls.poll(), "a call at " + name);
  }

  /** How many calls of callers wait at a server. */
  int waiting(String name) {
    return server(name).inferCalls.size();
  }

  Map<String, State> states() {
    Map<String, State> states = new LinkedHashMap<>();
    requireNonNull(backend)
        .statuses()
        .forEach(status -> states.put(status.replica(), status.state()));
    return states;
  }

  ReplicaStatus status(String name) {
    return requireNonNull(backend).statuses().stream()
        .filter(status -> status.replica().equals(name))
        .findFirst()
        .orElseThrow();
  }

  void forward(long seconds) {
    clock.forward(Duration.ofSeconds(seconds));
  }

  private List<String> discover() throws IOException {
    if (discoveryFailure != null) {
      throw discoveryFailure;
    }
    return List.copyOf(addresses);
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    // First the servers, or the backend would wait for what nobody answers.
    for (FakeTriton server : servers.values()) {
      server.stop();
    }
    if (backend != null) {
      backend.close();
    }
  }
}
