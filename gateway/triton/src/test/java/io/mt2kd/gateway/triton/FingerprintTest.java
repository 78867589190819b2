package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.gateway.triton.fixture.Manifests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Replicas that do not all serve the same model. */
@Timeout(20)
class FingerprintTest {
  private static final String OTHER = Manifests.JSON.replace("sha256:aa", "sha256:bb");

  @RegisterExtension final FakeReplicas replicas = new FakeReplicas();

  @Test
  void replicaWithAnotherModelIsKeptOut() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a", "b", "c");
    replicas.server("c").manifest = OTHER;
    replicas.forward(1);

    for (int i = 0; i < 4; i++) {
      replicas.infer(100);
    }

    assertThat(replicas.states()).containsEntry("c", State.KEPT_OUT);
    assertThat(replicas.status("c").reason()).isEqualTo("it serves another model than the others");
    assertThat(replicas.status("c").fingerprint()).isEqualTo("sha256:bb");
    assertThat(replicas.waiting("c")).isZero();
    assertThat(backend.replicas()).containsExactly("a", "b");
    assertThat(backend.model().manifest().fingerprint()).isEqualTo("sha256:aa");
  }

  @Test
  void rollOutSwitchesOverOnceWhenMostReplicasHaveTheNewModel() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a", "b", "c");
    reload("a");
    assertThat(backend.model().manifest().fingerprint()).isEqualTo("sha256:aa");

    reload("b");

    assertThat(backend.model().manifest().fingerprint()).isEqualTo("sha256:bb");
    assertThat(replicas.states())
        .containsEntry("a", State.SERVING)
        .containsEntry("b", State.SERVING)
        .containsEntry("c", State.KEPT_OUT);
    reload("c");
    assertThat(replicas.states().values()).containsOnly(State.SERVING);
    assertThat(replicas.told).as("never without a replica").containsExactly(true);
  }

  @Test
  void twoReplicasSwitchOverWithTheSecond() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a", "b");
    reload("a");
    assertThat(replicas.states()).containsEntry("a", State.KEPT_OUT);
    assertThat(backend.model().replica()).isEqualTo("b");

    reload("b");

    assertThat(backend.model().manifest().fingerprint()).isEqualTo("sha256:bb");
    assertThat(replicas.states().values()).containsOnly(State.SERVING);
    assertThat(replicas.told).containsExactly(true);
  }

  @Test
  void newModelIsTakenWhenTheLastReplicaWithTheOldOneGoes() throws Exception {
    TritonBackend backend = replicas.start(FakeReplicas.OPTIONS, "a", "b");
    reload("a");
    replicas.server("b").ready = false;

    replicas.forward(1);

    assertThat(backend.model().replica()).isEqualTo("a");
    assertThat(backend.model().manifest().fingerprint()).isEqualTo("sha256:bb");
    assertThat(replicas.told).containsExactly(true);
  }

  @Test
  void answersAreReadWithTheModelThatGaveThem() throws Exception {
    replicas.start(FakeReplicas.OPTIONS, "a");
    var before = replicas.infer(100);
    reload("a");
    var after = replicas.infer(100);

    replicas.call("a").answer();
    replicas.call("a").answer();

    assertThat(before.get().model().manifest().fingerprint()).isEqualTo("sha256:aa");
    assertThat(after.get().model().manifest().fingerprint()).isEqualTo("sha256:bb");
  }

  private void reload(String name) {
    replicas.server(name).manifest = OTHER;
    replicas.forward(1);
  }
}
