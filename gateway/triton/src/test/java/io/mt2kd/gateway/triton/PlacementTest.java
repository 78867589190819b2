package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Placement;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What whoever sends a batch says of the replicas, and is told of its way. */
@Timeout(20)
class PlacementTest {
  @RegisterExtension final FakeReplicas replicas = new FakeReplicas();

  private final List<String> places = new ArrayList<>();
  private Set<String> full = Set.of();
  private TritonBackend backend;

  @BeforeEach
  void start() throws Exception {
    backend = replicas.start(FakeReplicas.OPTIONS, "a", "b");
  }

  @Test
  void replicasHaveTheNamesOfTheirReceipts() throws Exception {
    CompletableFuture<BatchOutput> result = infer();
    replicas.call(places.get(0)).answer();

    assertThat(result.get().model().replica()).isEqualTo(places.get(0));
    assertThat(backend.replicas()).containsExactly("a", "b").isSameAs(backend.replicas());
  }

  @Test
  void aFullReplicaComesAfterAllOthersHoweverLittleItHas() {
    full = Set.of("a");
    for (int i = 0; i < 3; i++) {
      infer();
    }

    assertThat(replicas.waiting("a")).isZero();
    assertThat(replicas.waiting("b")).isEqualTo(3);
  }

  @Test
  void whereAllAreFullTheLeastLoadedIsChosen() {
    full = Set.of("a", "b");
    infer();
    infer();

    assertThat(places).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void isToldOfEachPlaceOnItsWay() throws Exception {
    CompletableFuture<BatchOutput> result = infer();
    String first = places.get(0);
    String second = first.equals("a") ? "b" : "a";

    replicas.call(first).fail(Status.UNAVAILABLE);
    replicas.call(second).answer();

    assertThat(result).isCompleted();
    assertThat(places).containsExactly(first, second);
  }

  @Test
  void isToldNothingWhereNobodyIsThere() {
    backend.close();

    assertThat(infer()).isCompletedExceptionally();
    assertThat(places).isEmpty();
    assertThat(backend.replicas()).isEmpty();
  }

  private CompletableFuture<BatchOutput> infer() {
    return backend.infer(
        FakeReplicas.batch(100, UtteranceBatch.NO_TIME_LIMIT),
        new Placement() {
          @Override
          public Set<String> full() {
            return full;
          }

          @Override
          public void goesTo(String replica) {
            places.add(replica);
          }
        });
  }
}
