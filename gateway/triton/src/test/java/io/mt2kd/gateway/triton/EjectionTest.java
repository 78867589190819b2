package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A replica whose calls fail is taken out, and comes back after a warm-up. */
@Timeout(20)
class EjectionTest {
  @RegisterExtension final FakeReplicas replicas = new FakeReplicas();

  @Test
  void replicaWhoseProbeFailsIsOutAndComesBackWhenItsWarmUpSucceeds() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.server("a").inferFailure = Status.INTERNAL.withDescription("Stub process is dead");

    replicas.forward(4);
    assertThat(replicas.states())
        .containsEntry("a", State.EJECTED)
        .containsEntry("b", State.SERVING);

    replicas.server("a").inferFailure = null;
    replicas.forward(4);
    assertThat(replicas.states()).containsEntry("a", State.EJECTED);
    replicas.forward(1);
    assertThat(replicas.states()).containsEntry("a", State.SERVING);
    assertThat(replicas.told).containsExactly(true);
  }

  @Test
  void replicaIsOutForLongerEachTimeInARow() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.server("a").inferFailure = Status.INTERNAL;
    replicas.forward(4);
    int calls = replicas.server("a").ownCalls.size();

    // The warm-up fails after 5, 10, 20, 40, 80, 160 and 160 seconds.
    for (int seconds : new int[] {5, 10, 20, 40, 80, 160, 160}) {
      replicas.forward(seconds - 1);
      assertThat(replicas.server("a").ownCalls).hasSize(calls);
      replicas.forward(1);
      assertThat(replicas.server("a").ownCalls).hasSize(++calls);
    }
  }

  @Test
  void deadModelTakesOutTheLastReplicaToo() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a");
    replicas.server("a").inferFailure = Status.INTERNAL;

    replicas.forward(4);

    assertThat(replicas.told).containsExactly(true, false);
    assertThatThrownBy(backend::model)
        .isInstanceOf(UnavailableException.class)
        .hasMessage("it fails on an utterance that any replica can answer");
  }

  @Test
  void failureOfTheModelIsFollowedByAProbe() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.infer(100);
    replicas.infer(100);
    replicas.server("a").inferFailure = Status.INTERNAL;

    replicas.call("a").fail(Status.INTERNAL);

    assertThat(replicas.states()).containsEntry("a", State.EJECTED);
  }

  @Test
  void poisonedBatchesTakeNobodyOut() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");

    for (int i = 0; i < 100; i++) {
      replicas.infer(100);
      replicas.call(replicas.waiting("a") == 1 ? "a" : "b").fail(Status.INTERNAL);
    }

    assertThat(replicas.states().values()).containsOnly(State.SERVING);
  }

  @Test
  void replicaThatRefusesHalfOfItsCallsIsOut() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");

    refuse("a", 5);

    assertThat(replicas.states())
        .containsEntry("a", State.EJECTED)
        .containsEntry("b", State.SERVING);
    replicas.forward(5);
    assertThat(replicas.states()).containsEntry("a", State.SERVING);
  }

  @Test
  void failuresFromBeforeTheWarmUpDoNotCountAfterIt() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    refuse("a", 5);
    replicas.forward(5);

    refuse("a", 4);

    assertThat(replicas.states()).containsEntry("a", State.SERVING);
  }

  @Test
  void neverAllOfThem() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");

    for (int i = 0; i < 50; i++) {
      replicas.infer(100);
      for (String name : new String[] {"a", "b", "a", "b"}) {
        while (replicas.waiting(name) > 0) {
          replicas.call(name).fail(Status.UNAVAILABLE.withDescription("queue is full"));
        }
      }
    }

    assertThat(replicas.states().values()).contains(State.SERVING);
    assertThat(replicas.told).containsExactly(true);
  }

  @Test
  void replicaTakesNoCallsBeforeItsWarmUp() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a");
    replicas.add("b").inferFailure = Status.INTERNAL;
    replicas.forward(10);
    assertThat(replicas.states()).containsEntry("b", State.EJECTED);

    replicas.infer(100);
    replicas.infer(100);

    assertThat(replicas.waiting("a")).isEqualTo(2);
    assertThat(replicas.waiting("b")).isZero();
  }

  // By failing of the calls that come to it; those of the others are answered.
  private void refuse(String name, int calls) {
    int refused = 0;
    // They take turns: twice as many come to both.
    for (int sent = 0; refused < calls; sent++) {
      assertThat(sent).as("calls until %s got %d", name, calls).isLessThan(4 * calls);
      replicas.infer(100);
      if (replicas.waiting(name) > 0) {
        replicas.call(name).fail(Status.UNAVAILABLE.withDescription("queue is full"));
        refused++;
      }
      for (String other : replicas.addresses) {
        while (replicas.waiting(other) > 0) {
          replicas.call(other).answer();
        }
      }
    }
  }
}
