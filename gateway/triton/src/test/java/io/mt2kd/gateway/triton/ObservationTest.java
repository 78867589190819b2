package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.triton.fixture.FakeTriton.InferCall;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What whoever watches can read of replicas and of what is sent on among them. */
@Timeout(20)
class ObservationTest {
  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  @RegisterExtension final FakeReplicas replicas = new FakeReplicas();

  @Test
  void countsWhatGoesOnAfterAFailure() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a", "b");
    assertThat(backend.failOver()).isEqualTo(new FailOverStatus(0, 0, 0, 1));

    CompletableFuture<BatchOutput> result = replicas.infer(100);
    replicas.call(first()).fail(Status.UNAVAILABLE);
    replicas.call(first()).answer();

    assertThat(result).isCompleted();
    assertThat(backend.failOver().retries()).isEqualTo(1);
    assertThat(backend.failOver().moves()).isZero();
    assertThat(backend.failOver().budget()).isEqualTo(0.99);
  }

  @Test
  void countsWhatMovesOnFromASilentReplica() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a", "b");
    CompletableFuture<BatchOutput> result = replicas.infer(100);
    String silent = first();
    replicas.server(silent).freeze();

    replicas.forward(20);
    replicas.call(silent.equals("a") ? "b" : "a").answer();

    assertThat(result).isCompleted();
    assertThat(backend.failOver().moves()).isEqualTo(1);
    assertThat(backend.failOver().retries()).isZero();
  }

  @Test
  void tellsWeightBreakerAndEjectionsOfAReplica() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    assertThat(replicas.status("a"))
        .extracting(ReplicaStatus::weight, ReplicaStatus::breakerOpen, ReplicaStatus::ejections)
        .containsExactly(1.0, false, 0L);

    replicas.server("a").inferFailure = Status.INTERNAL;
    replicas.forward(4);
    assertThat(replicas.status("a").ejections()).isEqualTo(1);
    replicas.forward(5);
    assertThat(replicas.status("a").ejections()).isEqualTo(2);
    assertThat(replicas.status("b").ejections()).isZero();
  }

  @Test
  void theTraceGoesAlongToEachReplica() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a", "b");
    CompletableFuture<BatchOutput> result =
        backend.infer(FakeReplicas.batch(100, Duration.ofMinutes(1)).tracedBy(TRACE));

    InferCall lost = replicas.call(first());
    lost.fail(Status.UNAVAILABLE);
    InferCall answered = replicas.call(first());
    answered.answer();

    assertThat(result).isCompleted();
    assertThat(lost.traceParent()).isEqualTo(TRACE);
    assertThat(answered.traceParent()).isEqualTo(TRACE);
  }

  /** Where the call is that waits. */
  private String first() {
    return replicas.waiting("a") > 0 ? "a" : "b";
  }
}
