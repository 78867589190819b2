package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.gateway.triton.fixture.FakeTriton.InferCall;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replicas that come and go. */
@Timeout(20)
class DiscoveryTest {
  @RegisterExtension final FakeReplicas replicas = new FakeReplicas();

  @Test
  void replicaThatComesIsWarmedUpAndServes() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a");
    replicas.add("b");
    replicas.forward(9);
    assertThat(replicas.states()).containsOnlyKeys("a");

    replicas.forward(1);

    // Each of three heads, and the one bucket.
    assertThat(replicas.server("b").ownCalls).hasSize(4);
    assertThat(replicas.states()).containsEntry("b", State.SERVING);
    assertThat(backend.replicas()).containsExactly("a", "b");
  }

  @Test
  void replicaThatLeavesEndsItsCallsAndGetsNoMore() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    CompletableFuture<BatchOutput> one = replicas.infer(100);
    CompletableFuture<BatchOutput> other = replicas.infer(100);
    InferCall last = replicas.call("a");
    replicas.addresses.remove("a");

    replicas.forward(10);
    replicas.infer(100);
    replicas.infer(100);

    assertThat(replicas.states()).containsOnlyKeys("b");
    assertThat(replicas.waiting("a")).isZero();
    assertThat(replicas.waiting("b")).isEqualTo(3);
    assertThat(last.caller().isCancelled()).isFalse();
    last.answer();
    replicas.call("b").answer();
    assertThat(one).isCompleted();
    assertThat(other).isCompleted();
  }

  @Test
  void replicaThatHasLeftIsLookedAtNoMore() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.addresses.remove("a");
    replicas.forward(10);
    int[] looks = {0};
    replicas.server("a").onLook = () -> looks[0]++;
    int calls = replicas.server("a").ownCalls.size();

    replicas.forward(60);

    assertThat(looks[0]).isZero();
    assertThat(replicas.server("a").ownCalls).hasSize(calls);
  }

  @Test
  void replicaThatReturnsIsANewOne() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.addresses.remove("a");
    replicas.forward(10);
    replicas.addresses.add("a");

    replicas.forward(10);

    assertThat(replicas.opened("a")).isEqualTo(2);
    assertThat(replicas.states()).containsEntry("a", State.SERVING);
  }

  @Test
  void losingTheNameServiceLosesNoReplica() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.discoveryFailure = new IOException("no such host");
    replicas.forward(60);
    assertThat(replicas.states().values()).containsExactly(State.SERVING, State.SERVING);

    replicas.discoveryFailure = null;
    replicas.addresses.clear();
    replicas.forward(60);
    assertThat(replicas.states()).hasSize(2);

    replicas.addresses.add("b");
    replicas.forward(10);
    assertThat(replicas.states()).containsOnlyKeys("b");
    assertThat(replicas.told).containsExactly(true);
  }

  @Test
  void sameAddressesOpenNothingAnew() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");

    replicas.forward(60);

    assertThat(replicas.opened("a")).isEqualTo(1);
    assertThat(replicas.opened("b")).isEqualTo(1);
  }

  @Test
  void isReadyWhileOneReplicaCanAnswer() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.server("a").ready = false;
    replicas.forward(1);
    assertThat(replicas.told).containsExactly(true);
    assertThat(backend.model().replica()).isEqualTo("b");

    replicas.server("b").ready = false;
    replicas.forward(1);

    assertThat(replicas.told).containsExactly(true, false);
    assertThatThrownBy(backend::model)
        .isInstanceOf(UnavailableException.class)
        .hasMessage("the model is not ready");
    assertThatThrownBy(() -> replicas.infer(100).get())
        .hasCauseInstanceOf(UnavailableException.class);
    replicas.server("a").ready = true;
    replicas.forward(1);
    assertThat(replicas.told).containsExactly(true, false, true);
  }

  @Test
  void closingWaitsForNoLookThatHangs() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a");
    replicas.server("a").freeze();
    replicas.forward(1);

    backend.close();

    assertThat(replicas.told).containsExactly(true);
  }

  @Test
  void nothingHappensAnyMoreOnceItIsClosed() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a");
    int[] looks = {0};
    replicas.server("a").onLook = () -> looks[0]++;

    backend.close();
    backend.close();
    replicas.forward(60);

    assertThat(looks[0]).isZero();
    assertThat(replicas.told).containsExactly(true);
    assertThatThrownBy(() -> replicas.infer(100).get())
        .hasCauseInstanceOf(UnavailableException.class);
  }
}
