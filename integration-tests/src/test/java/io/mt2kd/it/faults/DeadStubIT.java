package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.triton.HealthOptions;
import io.mt2kd.gateway.triton.ReplicaDiscovery;
import io.mt2kd.gateway.triton.ReplicaStatus;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.gateway.triton.TritonBackend;
import io.mt2kd.gateway.triton.TritonOptions;
import io.mt2kd.it.harness.TritonServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A process that runs a model dies behind a real Triton, which says "ready" for ever: the probe
 * finds it, without any call.
 */
@Timeout(240)
class DeadStubIT {
  private static final Duration MOST = Duration.ofSeconds(90);
  private static final TritonOptions OPTIONS =
      new TritonOptions(
          "mt2kd",
          Duration.ofSeconds(30),
          false,
          256,
          Duration.ZERO,
          Duration.ofSeconds(10),
          new HealthOptions(
              Duration.ofMillis(200),
              Duration.ofSeconds(3),
              Duration.ofSeconds(1),
              Duration.ofSeconds(20),
              Duration.ofSeconds(2)));

  @Test
  void isFoundByTheProbe() throws Exception {
    LinkedBlockingQueue<Boolean> told = new LinkedBlockingQueue<>();
    try (TritonServer triton = TritonServer.start();
        TritonBackend backend =
            TritonBackend.connect(
                ReplicaDiscovery.fixed(List.of("triton")),
                address -> triton.channel(),
                OPTIONS,
                told::add)) {
      assertThat(told.poll(MOST.toSeconds(), TimeUnit.SECONDS)).isTrue();

      triton.killStub();

      assertThat(told.poll(MOST.toSeconds(), TimeUnit.SECONDS)).isFalse();
      // Out, or in a warm-up that fails again.
      ReplicaStatus status = await(backend, State.EJECTED);
      assertThat(status.reason())
          .isIn("it fails on an utterance that any replica can answer", "its warm-up fails");
      assertThat(triton.isAlive()).isTrue();

      triton.kill();
      triton.restart();

      assertThat(told.poll(MOST.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  private static ReplicaStatus await(TritonBackend backend, State state) {
    long end = System.nanoTime() + MOST.toNanos();
    while (System.nanoTime() < end) {
      ReplicaStatus status = backend.statuses().get(0);
      if (status.state() == state) {
        return status;
      }
      LockSupport.parkNanos(1_000_000);
    }
    throw new AssertionError("not " + state + " after " + MOST + ": " + backend.statuses());
  }
}
