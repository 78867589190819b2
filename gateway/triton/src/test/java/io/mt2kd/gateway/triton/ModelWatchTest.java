package io.mt2kd.gateway.triton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.mt2kd.gateway.core.failure.UnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class ModelWatchTest {
  @RegisterExtension final FakeTriton triton = new FakeTriton();

  private final List<Boolean> told = new ArrayList<>();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final ManagedChannel channel = triton.channel();
  private final ModelWatch watch = watch(told::add);

  @AfterEach
  void stop() {
    channel.shutdownNow();
    scheduler.shutdownNow();
  }

  @Test
  void hasNoModelBeforeTheFirstLook() {
    assertAbsent("the model server has not answered yet");
    assertThat(told).isEmpty();
  }

  @Test
  void seesTheModelAndWhoServesIt() {
    scheduler.look();

    assertThat(watch.model().manifest()).isEqualTo(Manifests.MANIFEST);
    assertThat(watch.model().server()).isEqualTo("triton");
    assertThat(watch.model().serverVersion()).isEqualTo("2.51.0");
    assertThat(watch.model().replica()).isEqualTo("triton:8001");
    assertThat(told).containsExactly(true);
  }

  @Test
  void tellsEachChangeOnce() {
    triton.ready = false;
    scheduler.look();
    scheduler.look();
    assertAbsent("the model is not ready");
    triton.ready = true;
    scheduler.look();
    scheduler.look();
    triton.failure = Status.UNAVAILABLE;
    scheduler.look();
    scheduler.look();
    assertAbsent("the model server does not answer");
    triton.failure = null;
    scheduler.look();
    scheduler.look();

    assertThat(told).containsExactly(true, false, true);
    assertThat(watch.model().manifest()).isEqualTo(Manifests.MANIFEST);
  }

  @Test
  void keepsTheModelThroughOneLookWithoutAnAnswer() {
    scheduler.look();

    for (int i = 0; i < 2; i++) {
      triton.failure = Status.UNAVAILABLE;
      scheduler.look();
      assertThat(watch.model().manifest()).isEqualTo(Manifests.MANIFEST);
      triton.failure = null;
      scheduler.look();
    }

    assertThat(told).containsExactly(true);
  }

  @Test
  void givesTheModelUpAfterTwoLooksWithoutAnAnswer() {
    scheduler.look();
    triton.failure = Status.UNAVAILABLE;
    scheduler.look();

    scheduler.look();

    assertAbsent("the model server does not answer");
    assertThat(told).containsExactly(true, false);
  }

  @Test
  void believesAServerThatSaysNotReadyAtOnce() {
    scheduler.look();
    triton.ready = false;

    scheduler.look();

    assertAbsent("the model is not ready");
    assertThat(told).containsExactly(true, false);
  }

  @Test
  void tellsNothingOfALookThatTheClosingOvertakes() {
    scheduler.look();
    triton.ready = false;
    triton.onLook = watch::close;

    scheduler.look();

    assertThat(told).containsExactly(true);
  }

  @Test
  void seesAReloadWithAnotherFingerprint() {
    scheduler.look();
    triton.manifest = Manifests.JSON.replace("sha256:aa", "sha256:bb");

    scheduler.look();

    assertThat(watch.model().manifest().fingerprint()).isEqualTo("sha256:bb");
    assertThat(told).containsExactly(true);
  }

  @Test
  void modelWithoutAManifestIsNoModel() {
    triton.manifest = null;

    scheduler.look();

    assertAbsent("the model server's manifest cannot be read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "{}", "not JSON", "{\"schema\": 2}"})
  void modelWhoseManifestCannotBeReadIsNoModel(String manifest) {
    scheduler.look();
    triton.manifest = manifest;

    scheduler.look();

    assertAbsent("the model server's manifest cannot be read");
    assertThat(told).containsExactly(true, false);
    triton.manifest = Manifests.JSON;
    scheduler.look();
    assertThat(told).containsExactly(true, false, true);
  }

  @Test
  void looksAgainAfterAListenerThatThrows() {
    ModelWatch watched =
        watch(
            there -> {
              throw new IllegalStateException("listener");
            });

    scheduler.look();
    assertThat(watched.model().manifest()).isEqualTo(Manifests.MANIFEST);
    triton.ready = false;
    scheduler.look();
    assertThatThrownBy(watched::model).isInstanceOf(UnavailableException.class);
  }

  @Test
  void looksAgainAfterTheServerFails() {
    triton.failure = Status.INTERNAL.withDescription("/srv/models");

    scheduler.look();

    assertAbsent("the model server does not answer");
  }

  private ModelWatch watch(Consumer<Boolean> listener) {
    return new ModelWatch(channel, "triton:8001", TritonOptions.DEFAULT, scheduler, listener);
  }

  private void assertAbsent(String reason) {
    assertThatThrownBy(watch::model).isInstanceOf(UnavailableException.class).hasMessage(reason);
  }

  /** Looks when the test says so; a look that throws would be the last, and fails the test. */
  private static final class ManualScheduler extends ScheduledThreadPoolExecutor {
    private Runnable task = () -> {};

    ManualScheduler() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(
        Runnable command, long initialDelay, long delay, TimeUnit unit) {
      task = command;
      return schedule(() -> {}, 1, TimeUnit.DAYS);
    }

    void look() {
      task.run();
    }
  }
}
