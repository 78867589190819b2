package io.mt2kd.gateway.triton;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.gateway.triton.fixture.FakeTriton.InferCall;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whether a server hears that a caller has given up. */
@Timeout(20)
class UpstreamCancelTest {
  private static final TritonOptions PROPAGATING =
      new TritonOptions(
          "mt2kd",
          FakeReplicas.SAFETY_LIMIT,
          true,
          4,
          Duration.ZERO,
          Duration.ofSeconds(10),
          FakeReplicas.HEALTH);

  @RegisterExtension final FakeReplicas replicas = new FakeReplicas();

  @Test
  void serverNeverHearsOfItUnlessToldSo() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a");
    CancellableContext caller = Context.current().withCancellation();
    CompletableFuture<BatchOutput> result =
        caller.call(() -> backend.infer(FakeReplicas.batch(100, Duration.ofSeconds(1))));

    result.cancel(true);
    caller.cancel(null);

    InferCall call = replicas.call("a");
    assertThat(call.caller().isCancelled()).isFalse();
    assertThat(requireNonNull(call.deadline()).timeRemaining(TimeUnit.SECONDS)).isGreaterThan(200);
    assertThat(replicas.status("a").outstanding()).isPositive();
    call.answer();
    assertThat(replicas.status("a").outstanding()).isZero();
  }

  @Test
  void serverHearsOfACancelWhereToldSo() throws Exception {
    replicas.start(PROPAGATING, "a");
    CompletableFuture<BatchOutput> result = replicas.infer(100);

    result.cancel(true);

    assertThat(replicas.call("a").caller().isCancelled()).isTrue();
    assertThat(replicas.status("a").outstanding()).isZero();
  }

  @Test
  void serverHearsOfTheDeadlineWhereToldSo() throws Exception {
    TritonBackend backend = replicas.start(PROPAGATING, "a");

    CompletableFuture<BatchOutput> unused =
        backend.infer(FakeReplicas.batch(100, Duration.ofSeconds(20)));

    assertThat(requireNonNull(replicas.call("a").deadline()).timeRemaining(TimeUnit.SECONDS))
        .isBetween(0L, 20L);
  }

  @Test
  void cancelledCallsSayNothingAgainstTheReplica() throws Exception {
    replicas.start(PROPAGATING, "a", "b");

    for (int i = 0; i < 50; i++) {
      replicas.infer(100).cancel(true);
    }

    assertThat(replicas.states().values()).containsOnly(State.SERVING);
    CompletableFuture<BatchOutput> result = replicas.infer(100);
    assertThat(result).isNotDone();
  }
}
