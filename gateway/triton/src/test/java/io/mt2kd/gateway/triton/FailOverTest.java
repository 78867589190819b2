package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to a call whose replica fails under it. */
@Timeout(20)
class FailOverTest {
  @RegisterExtension final FakeReplicas replicas = new FakeReplicas();

  private TritonBackend backend;

  @BeforeEach
  void start() throws Exception {
    backend = replicas.start(FakeReplicas.OPTIONS, "a", "b");
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "NOT_FOUND", "CANCELLED"})
  void callWhoseReplicaIsLostGoesOnToAnother(Status.Code code) throws Exception {
    CompletableFuture<BatchOutput> result = replicas.infer(100);
    String first = replicas.waiting("a") == 1 ? "a" : "b";
    String second = first.equals("a") ? "b" : "a";

    replicas.call(first).fail(code.toStatus());
    replicas.call(second).answer();

    assertThat(result.get().model().replica()).isEqualTo(second);
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "INVALID_ARGUMENT",
        "INTERNAL",
        "UNKNOWN",
        "RESOURCE_EXHAUSTED",
        "DEADLINE_EXCEEDED",
        "UNIMPLEMENTED"
      })
  void callThatFailsOfItsOwnDoesNotHurtAnotherReplica(Status.Code code) throws Exception {
    CompletableFuture<BatchOutput> result = replicas.infer(100);
    String first = replicas.waiting("a") == 1 ? "a" : "b";

    replicas.call(first).fail(code.toStatus());

    assertThat(result).isCompletedExceptionally();
    assertThat(replicas.waiting("a") + replicas.waiting("b")).isZero();
  }

  @Test
  void callIsNotSentTwiceToOneReplica() throws Exception {
    CompletableFuture<BatchOutput> result = replicas.infer(100);

    fail("a", "b");
    fail("a", "b");

    assertThatThrownBy(result::get).hasCauseInstanceOf(UnavailableException.class);
    assertThat(replicas.waiting("a") + replicas.waiting("b")).isZero();
  }

  @Test
  void callStopsAtThreeReplicas() throws Exception {
    replicas.add("c");
    replicas.add("d");
    replicas.forward(10);
    CompletableFuture<BatchOutput> result = replicas.infer(100);

    for (int i = 0; i < 3; i++) {
      assertThat(result).isNotDone();
      fail("a", "b", "c", "d");
    }

    assertThatThrownBy(result::get).hasCauseInstanceOf(UnavailableException.class);
  }

  @Test
  void callDoesNotGoOnBeyondItsTimeLimit() throws Exception {
    CompletableFuture<BatchOutput> result =
        backend.infer(FakeReplicas.batch(100, Duration.ofMillis(2500)));
    String first = replicas.waiting("a") == 1 ? "a" : "b";
    replicas.clock.forward(Duration.ofMillis(2500));

    replicas.call(first).fail(Status.UNAVAILABLE);

    assertThatThrownBy(result::get).hasCauseInstanceOf(UnavailableException.class);
    assertThat(replicas.waiting("a") + replicas.waiting("b")).isZero();
  }

  @Test
  void callThatNobodyWaitsForDoesNotGoOn() throws Exception {
    CompletableFuture<BatchOutput> result = replicas.infer(100);
    String first = replicas.waiting("a") == 1 ? "a" : "b";
    result.cancel(false);

    replicas.call(first).fail(Status.UNAVAILABLE);

    assertThat(replicas.waiting("a") + replicas.waiting("b")).isZero();
  }

  @Test
  void replicaThatLostACallIsAvoidedUntilALookIsAnswered() throws Exception {
    replicas.server("a").freeze();
    replicas.infer(100);
    replicas.infer(100);
    replicas.call("a").fail(Status.UNAVAILABLE);
    assertThat(replicas.states()).containsEntry("a", State.SERVING);

    replicas.infer(1);
    replicas.infer(1);
    assertThat(replicas.waiting("a")).as("the look is still out").isZero();

    replicas.server("a").thaw();
    replicas.infer(1);
    assertThat(replicas.waiting("a")).isEqualTo(1);
  }

  @Test
  void deadReplicaCostsTwoLooksAndNoCall() throws Exception {
    List<CompletableFuture<BatchOutput>> calls = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      calls.add(replicas.infer(100));
    }
    replicas.server("a").failure = Status.UNAVAILABLE;

    replicas.call("a").fail(Status.UNAVAILABLE);
    replicas.call("a").fail(Status.UNAVAILABLE);

    assertThat(replicas.states()).containsEntry("a", State.ABSENT);
    while (replicas.waiting("b") > 0) {
      replicas.call("b").answer();
    }
    assertThat(calls).allSatisfy(call -> assertThat(call).isCompleted());
    assertThat(replicas.told).as("the gateway stayed ready").containsExactly(true);
  }

  @Test
  void budgetBoundsRetries() throws Exception {
    TritonOptions wide =
        new TritonOptions(
            "mt2kd",
            FakeReplicas.SAFETY_LIMIT,
            false,
            1000,
            Duration.ZERO,
            Duration.ofSeconds(10),
            FakeReplicas.HEALTH);
    backend.close();
    backend = replicas.connect(wide);
    List<CompletableFuture<BatchOutput>> calls = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      calls.add(replicas.infer(100));
    }
    int dying = replicas.waiting("a");
    assertThat(dying).isEqualTo(200);
    replicas.server("a").failure = Status.UNAVAILABLE;

    while (replicas.waiting("a") > 0) {
      replicas.call("a").fail(Status.UNAVAILABLE);
    }

    // Full at the start, and never fuller.
    assertThat(calls.stream().filter(CompletableFuture::isCompletedExceptionally)).hasSize(100);
    FailOverStatus sentOn = backend.failOver();
    assertThat(sentOn.retries() + sentOn.moves()).isEqualTo(100);
    assertThat(sentOn.refused()).isGreaterThanOrEqualTo(100);
    assertThat(sentOn.budget()).isZero();
    assertThat(replicas.waiting("b")).isEqualTo(300);
  }

  @Test
  void callIsRefusedWhereEveryReplicaIsFull() throws Exception {
    for (int i = 0; i < 8; i++) {
      assertThat(replicas.infer(100)).isNotDone();
    }

    assertThatThrownBy(() -> replicas.infer(100).get())
        .hasCauseInstanceOf(OverloadedException.class);

    replicas.call("a").answer();
    assertThat(replicas.infer(100)).isNotDone();
  }

  @Test
  void failureOfTheModelIsToldInOurWords() throws Exception {
    CompletableFuture<BatchOutput> result = replicas.infer(100);
    String first = replicas.waiting("a") == 1 ? "a" : "b";

    replicas.call(first).fail(Status.INTERNAL.withDescription("/srv/models"));

    assertThatThrownBy(result::get)
        .cause()
        .isInstanceOf(InternalException.class)
        .hasMessage("the model server failed on this request");
  }

  private void fail(String... names) {
    for (String name : names) {
      if (replicas.waiting(name) > 0) {
        replicas.call(name).fail(Status.UNAVAILABLE);
        return;
      }
    }
    throw new AssertionError("no call anywhere");
  }
}
