package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which replica a batch goes to. */
@Timeout(20)
class BalancingTest {
  @RegisterExtension final FakeReplicas replicas = new FakeReplicas();

  @Test
  void countsAudioAndNotCalls() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    replicas.infer(1000);
    String long1 = replicas.waiting("a") == 1 ? "a" : "b";
    String short1 = long1.equals("a") ? "b" : "a";

    replicas.infer(300);
    replicas.infer(300);
    replicas.infer(300);

    assertThat(replicas.waiting(long1)).isEqualTo(1);
    assertThat(replicas.waiting(short1)).isEqualTo(3);
  }

  @Test
  void countsWhatNobodyWaitsForAnyMore() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b");
    var given = replicas.infer(1000);
    String busy = replicas.waiting("a") == 1 ? "a" : "b";
    given.cancel(false);
    assertThat(replicas.status(busy).outstanding()).isEqualTo(Duration.ofNanos(62_500_000));

    replicas.infer(100);
    replicas.infer(100);
    assertThat(replicas.waiting(busy)).isEqualTo(1);

    replicas.call(busy).answer();
    assertThat(replicas.status(busy).outstanding()).isZero();
    replicas.infer(100);
    assertThat(replicas.waiting(busy)).isEqualTo(1);
  }

  @Test
  void equalsTakeTurns() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a", "b", "c");
    Map<String, Integer> calls = new HashMap<>();

    for (int i = 0; i < 30; i++) {
      replicas.infer(100);
      for (String name : replicas.addresses) {
        if (replicas.waiting(name) > 0) {
          replicas.call(name).answer();
          calls.merge(name, 1, Integer::sum);
        }
      }
    }

    assertThat(calls).containsOnly(Map.entry("a", 10), Map.entry("b", 10), Map.entry("c", 10));
  }

  @Test
  void newcomerStartsSlowly() throws Exception {
    TritonOptions slow =
        new TritonOptions(
            "mt2kd",
            FakeReplicas.SAFETY_LIMIT,
            false,
            1000,
            Duration.ofSeconds(100),
            Duration.ofSeconds(10),
            FakeReplicas.HEALTH);
    replicas.start(slow, "a");
    replicas.forward(101);
    replicas.add("b");
    // Found at the next look, and served from then on.
    replicas.forward(9);
    assertThat(replicas.states()).hasSize(2);

    replicas.forward(25);
    assertThat(share()).as("a quarter of the window").isBetween(0.2, 0.3);
    replicas.forward(25);
    assertThat(share()).as("half of the window").isBetween(0.45, 0.55);
    replicas.forward(60);
    assertThat(share()).as("after the window").isEqualTo(1);
  }

  /** Of the newcomer, in calls for each call of the other. */
  private double share() {
    for (int i = 0; i < 200; i++) {
      replicas.infer(100);
    }
    double share = (double) replicas.waiting("b") / replicas.waiting("a");
    for (String name : replicas.addresses) {
      while (replicas.waiting(name) > 0) {
        replicas.call(name).answer();
      }
    }
    return share;
  }
}
