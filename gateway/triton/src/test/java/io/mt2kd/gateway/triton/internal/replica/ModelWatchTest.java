package io.mt2kd.gateway.triton.internal.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.triton.HealthOptions;
import io.mt2kd.gateway.triton.fixture.FakeClock;
import io.mt2kd.gateway.triton.fixture.FakeTriton;
import io.mt2kd.gateway.triton.fixture.Manifests;
import io.mt2kd.gateway.triton.internal.protocol.ModelLook;
import java.time.Duration;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class ModelWatchTest {
  private static final String PRESENT = "present sha256:aa";
  private static final String DOUBTFUL = "doubtful";
  private static final String SILENT = "absent: the model server does not answer, silent";
  private static final String LEFT = "connection left";
  private static final String NOT_READY = "absent: the model is not ready";
  private static final String UNREADABLE = "absent: the model server's manifest cannot be read";

  @RegisterExtension final FakeTriton triton = new FakeTriton();

  private final FakeClock clock = new FakeClock();
  private final Told told = new Told();
  private final ManagedChannel channel = triton.directChannel();
  private final ModelWatch watch =
      new ModelWatch(
          channel,
          new ModelLook(channel, "triton:8001", "mt2kd", Duration.ofMinutes(2)),
          new HealthOptions(
              Duration.ofSeconds(2),
              Duration.ofSeconds(3),
              Duration.ofSeconds(5),
              Duration.ofSeconds(10),
              Duration.ofSeconds(5)),
          new ControlLoop(clock.scheduler(), clock.ticker()),
          told);

  @AfterEach
  void stop() {
    channel.shutdownNow();
  }

  @Test
  void seesTheModelAndWhoServesIt() {
    watch.start();

    assertThat(told.lastModel)
        .isEqualTo(new ServedModel(Manifests.MANIFEST, "triton", "2.51.0", "triton:8001"));
  }

  @Test
  void looksOnceInEachInterval() {
    int[] looks = {0};
    triton.onLook = () -> looks[0]++;

    watch.start();
    clock.forward(Duration.ofSeconds(10));

    assertThat(looks[0]).isEqualTo(6);
  }

  @Test
  void believesAServerThatSaysNotReadyAtOnce() {
    watch.start();
    triton.ready = false;
    next();
    triton.ready = true;
    next();

    assertThat(told).containsExactly(PRESENT, NOT_READY, PRESENT);
  }

  @Test
  void oneLookThatFailsIsADoubtAndTheSecondAnEnd() {
    watch.start();
    triton.failure = Status.UNAVAILABLE;
    next();
    next();
    next();
    triton.failure = null;
    next();

    assertThat(told).containsExactly(PRESENT, DOUBTFUL, SILENT, SILENT, PRESENT);
  }

  @Test
  void looksThatFailOnlyNowAndThenAreNoEnd() {
    watch.start();
    for (int i = 0; i < 2; i++) {
      triton.failure = Status.INTERNAL.withDescription("/srv/models");
      next();
      triton.failure = null;
      next();
    }

    assertThat(told).containsExactly(PRESENT, DOUBTFUL, PRESENT, DOUBTFUL, PRESENT);
  }

  @Test
  void lookThatHangsIsADoubtAfterTheLimitAndAnEndAfterTwice() {
    watch.start();
    triton.freeze();
    next();
    clock.forward(Duration.ofMillis(2999));
    assertThat(told).containsExactly(PRESENT);
    clock.forward(Duration.ofMillis(1));
    assertThat(told).containsExactly(PRESENT, DOUBTFUL);
    clock.forward(Duration.ofSeconds(3));
    assertThat(told).containsExactly(PRESENT, DOUBTFUL, SILENT, LEFT);

    triton.thaw();

    assertThat(told).containsExactly(PRESENT, DOUBTFUL, SILENT, LEFT, PRESENT);
  }

  @Test
  void oneLookAtATimeAndAConnectionForTwoLimits() {
    int[] looks = {0};
    triton.onLook = () -> looks[0]++;
    triton.freeze();
    watch.start();

    clock.forward(Duration.ofMillis(5999));
    watch.look();
    assertThat(looks[0]).isEqualTo(1);

    clock.forward(Duration.ofMillis(1));
    watch.look();
    assertThat(looks[0]).isEqualTo(2);

    triton.thaw();
    watch.look();
    assertThat(looks[0]).isEqualTo(3);
  }

  @Test
  void looksOnANewConnectionWhereTheOldOneIsSilent() {
    watch.start();
    triton.freeze();
    next();
    triton.thawForNewCalls();
    clock.forward(Duration.ofSeconds(6));
    assertThat(told).startsWith(PRESENT, DOUBTFUL, SILENT, LEFT, PRESENT);
    int news = told.size();

    // What comes on the old one after all is no news.
    triton.ready = false;
    triton.thaw();

    assertThat(told).hasSize(news);
  }

  @Test
  void stopsWhenNoLookIsUnderWayOnAnyConnection() {
    boolean[] over = {false};
    triton.freeze();
    watch.start();
    clock.forward(Duration.ofSeconds(7));
    assertThat(over[0]).isFalse();

    watch.stop(() -> over[0] = true);

    assertThat(over[0]).isTrue();
  }

  @Test
  void tellsNothingOfALookThatTheEndOvertakes() {
    watch.start();
    triton.ready = false;
    triton.onLook = () -> watch.stop(() -> {});
    next();
    triton.onLook = () -> {};
    next();

    assertThat(told).containsExactly(PRESENT);
  }

  @Test
  void seesAReloadWithAnotherFingerprint() {
    watch.start();
    triton.manifest = Manifests.JSON.replace("sha256:aa", "sha256:bb");
    next();

    assertThat(told).containsExactly(PRESENT, "present sha256:bb");
  }

  @Test
  void modelWithoutAManifestIsNoModel() {
    triton.manifest = null;
    watch.start();

    assertThat(told).containsExactly(UNREADABLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "{}", "not JSON", "{\"schema\": 2}"})
  void modelWhoseManifestCannotBeReadIsNoModel(String manifest) {
    watch.start();
    triton.manifest = manifest;
    next();
    triton.manifest = Manifests.JSON;
    next();

    assertThat(told).containsExactly(PRESENT, UNREADABLE, PRESENT);
  }

  @Test
  void looksAgainAfterAListenerThatThrows() {
    told.failure = new IllegalStateException("listener");
    watch.start();
    told.failure = null;
    next();

    assertThat(told).containsExactly(PRESENT, PRESENT);
  }

  private void next() {
    clock.forward(Duration.ofSeconds(2));
  }

  private static final class Told extends ArrayList<String> implements ModelWatch.Listener {
    private @Nullable RuntimeException failure;
    private @Nullable ServedModel lastModel;

    @Override
    public void present(ServedModel model) {
      lastModel = model;
      add("present " + model.manifest().fingerprint());
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void doubtful() {
      add(DOUBTFUL);
    }

    @Override
    public void absent(String reason, @Nullable Throwable cause, boolean silent) {
      add("absent: " + reason + (silent ? ", silent" : ""));
    }

    @Override
    public void connectionLeft() {
      add(LEFT);
    }
  }
}
