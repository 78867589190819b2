package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.gateway.triton.fixture.FakeTriton.InferCall;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A replica that says nothing: its process is frozen, or its model hangs. */
@Timeout(20)
class StallTest {
  @RegisterExtension final FakeReplicas replicas = new FakeReplicas();

  @Test
  void callsOfAFrozenReplicaMoveOn() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.server("a").freeze();
    CompletableFuture<BatchOutput> one = replicas.infer(100);
    CompletableFuture<BatchOutput> other = replicas.infer(100);
    InferCall stuck = replicas.call("a");
    replicas.call("b").answer();

    // The next look, and twice the limit for its answer.
    replicas.forward(5);

    assertThat(replicas.states()).containsEntry("a", State.ABSENT);
    replicas.call("b").answer();
    assertThat(one.get().model().replica()).isEqualTo("b");
    assertThat(other.get().model().replica()).isEqualTo("b");
    assertThat(stuck.caller().isCancelled()).as("never cancelled").isFalse();
    assertThat(replicas.status("a").outstanding()).isPositive();
  }

  @Test
  void replicaThatThawsComesBackAfterAWarmUp() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.server("a").freeze();
    replicas.forward(6);
    assertThat(replicas.states()).containsEntry("a", State.ABSENT);
    int before = warmUps("a");

    replicas.server("a").thaw();

    assertThat(replicas.states()).containsEntry("a", State.SERVING);
    assertThat(warmUps("a")).isEqualTo(2 * before);
    assertThat(replicas.told).containsExactly(true);
  }

  @Test
  void lateAnswerOfAStalledReplicaCountsWhereItIsTheFirst() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.server("a").freeze();
    CompletableFuture<BatchOutput> result = replicas.infer(100);
    if (replicas.waiting("a") == 0) {
      replicas.call("b").answer();
      result = replicas.infer(100);
    }
    InferCall late = replicas.call("a");
    replicas.forward(5);
    InferCall moved = replicas.call("b");

    late.answer();

    assertThat(result.get().model().replica()).isEqualTo("a");
    moved.answer();
    assertThat(replicas.status("b").outstanding()).isZero();
  }

  @Test
  void lateFailureOfAStalledReplicaIsNobodys() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.server("a").freeze();
    CompletableFuture<BatchOutput> one = replicas.infer(100);
    CompletableFuture<BatchOutput> other = replicas.infer(100);
    replicas.forward(5);

    replicas.call("a").fail(Status.INTERNAL);
    assertThat(one).isNotDone();
    replicas.call("b").answer();
    replicas.call("b").answer();

    assertThat(one).isCompleted();
    assertThat(other).isCompleted();
  }

  @Test
  void callWaitsOnWhereThereIsNoOtherReplica() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a");
    replicas.server("a").freeze();
    CompletableFuture<BatchOutput> result = replicas.infer(100);

    replicas.forward(30);
    assertThat(result).isNotDone();
    replicas.call("a").answer();

    assertThat(result).isCompleted();
  }

  @Test
  void callOnASilentConnectionIsSentAgainToTheReplicaThatAnswersOnANewOne() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a");
    replicas.server("a").freeze();
    CompletableFuture<BatchOutput> result = replicas.infer(100);
    InferCall lost = replicas.call("a");

    // A look hangs too, and a probe; twice the limit for the look, and new calls are answered.
    replicas.forward(4);
    replicas.server("a").thawForNewCalls();
    replicas.forward(2);

    assertThat(replicas.states()).containsEntry("a", State.SERVING);
    assertThat(lost.caller().isCancelled()).as("never cancelled").isFalse();
    lost.answer();
    assertThat(result).isNotDone();
    assertThat(replicas.status("a").outstanding()).isPositive();
    replicas.call("a").answer();
    assertThat(result).isCompleted();
    assertThat(replicas.status("a").outstanding()).isZero();
  }

  @Test
  void callOnASilentConnectionIsNoStallOfTheNewOne() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.server("a").freeze();
    replicas.infer(100);
    replicas.infer(100);
    replicas.forward(12);

    hang("a");
    replicas.server("a").thawForNewCalls();
    replicas.forward(9);

    assertThat(replicas.states()).containsEntry("a", State.WARMING_UP);
    replicas.forward(4);
    assertThat(replicas.states()).containsEntry("a", State.EJECTED);
  }

  @Test
  void answerOnASilentConnectionCountsUntilTheReplicaServesOnANewOne() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a");
    replicas.server("a").freeze();
    CompletableFuture<BatchOutput> result = replicas.infer(100);

    replicas.forward(12);
    assertThat(replicas.states()).containsEntry("a", State.ABSENT);
    replicas.call("a").answer();

    assertThat(result).isCompleted();
  }

  @Test
  void callMovesOnAsSoonAsThereIsAnotherReplica() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a");
    replicas.server("a").freeze();
    CompletableFuture<BatchOutput> result = replicas.infer(100);
    replicas.forward(9);
    replicas.add("b");

    replicas.forward(4);

    replicas.call("b").answer();
    assertThat(result.get().model().replica()).isEqualTo("b");
  }

  @Test
  void replicaWhoseModelHangsIsEjectedThoughItsServerAnswers() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    hang("a");
    CompletableFuture<BatchOutput> one = replicas.infer(100);
    CompletableFuture<BatchOutput> other = replicas.infer(100);
    replicas.call("b").answer();

    replicas.forward(12);

    assertThat(replicas.states())
        .containsEntry("a", State.EJECTED)
        .containsEntry("b", State.SERVING);
    replicas.call("b").answer();
    assertThat(one.isDone() && other.isDone()).isTrue();
  }

  @Test
  void oneCallThatHangsIsNoStallWhileProbesAreAnswered() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.infer(100);
    replicas.infer(100);

    replicas.forward(60);

    assertThat(replicas.states().values()).containsOnly(State.SERVING);
  }

  @Test
  void lastReplicaIsNotEjectedForAStall() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a");
    hang("a");
    replicas.infer(100);

    replicas.forward(60);

    assertThat(replicas.states()).containsEntry("a", State.SERVING);
    assertThat(backend.replicas()).containsExactly("a");
  }

  @Test
  void replicaThatHangsGetsOneCallOfOursAtATime() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    hang("a");
    int before = replicas.server("a").ownCalls.size();

    replicas.clock.forward(Duration.ofMinutes(10));

    assertThat(replicas.server("a").ownCalls).hasSize(before + 1);
  }

  // Looks are answered, calls are not.
  private void hang(String name) {
    replicas.server(name).hang();
  }

  private int warmUps(String name) {
    return (int) replicas.server(name).ownCalls.stream().filter("warm-up"::equals).count();
  }
}
