package io.mt2kd.gateway.core.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mt2kd.gateway.core.batching.BatchForecast.Forecast;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.model.Manifests;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Ten seconds of audio may be in the gateway; a second of it takes the backend 0.1 s. */
class AdmissionControlTest {
  private static final ServedModel MODEL =
      new ServedModel(Manifests.MANIFEST, "fake", "1", "fake:1");
  private static final TenantId ACME = new TenantId("acme");
  private static final TenantId OTHER = new TenantId("other");
  private static final int SECOND = 16_000;

  private final List<String> told = new ArrayList<>();
  private final List<Double> timeShares = new ArrayList<>();
  private final List<Long> ahead = new ArrayList<>();
  private long now = 1_000_000_000L;
  private Duration lateness = Duration.ofSeconds(-1);
  private double random;
  private AdmissionControl admission = admission(Map.of());

  @Test
  void letsInUntilTheGatewayIsFull() {
    admit(ACME, 6);
    admit(ACME, 4);

    assertThat(refused(ACME, 1)).isEqualTo(Refusal.AUDIO_LIMIT);
    assertThat(admission.load())
        .isEqualTo(
            new AdmissionLoad(Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ZERO, 2, 1));
  }

  @Test
  void countsACallWithThePaddingOfItsRecordings() {
    admission.admit(request(ACME, Priority.INTERACTIVE, 20_000, 40_000));

    assertThat(admission.load().interactive()).isEqualTo(Duration.ofMillis(1_500 + 3_000));
  }

  @Test
  void anIdleGatewayRefusesNobody() {
    lateness = Duration.ofSeconds(5);

    admit(ACME, 30).completed();
    admit(ACME, 1);

    assertThat(refused(ACME, 1)).isEqualTo(Refusal.DEADLINE);
  }

  @Test
  void saysWhenThereIsLikelyToBeRoom() {
    admit(ACME, 8);

    // Two seconds of audio too many.
    assertThat(hint(ACME, 4)).isEqualTo(Duration.ofMillis(200));
    random = 1;
    assertThat(hint(ACME, 4)).isEqualTo(Duration.ofMillis(300));
    random = 0;
    lateness = Duration.ofMillis(730);
    assertThat(hint(ACME, 1)).isEqualTo(Duration.ofMillis(730));
    lateness = Duration.ofNanos(1);
    assertThat(hint(ACME, 1)).isEqualTo(Duration.ofMillis(50));
    lateness = Duration.ofHours(1);
    assertThat(hint(ACME, 1)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void forTheBatchClassTheGatewayIsHalfAsLargeAndItsTimeHalfAsLong() {
    admit(ACME, 4);
    timeShares.clear();
    admission.admit(request(ACME, Priority.BATCH, SECOND));

    assertThat(timeShares).containsExactly(0.5);
    assertThatThrownBy(() -> admission.admit(request(ACME, Priority.BATCH, SECOND)))
        .isInstanceOf(OverloadedException.class);
    admit(ACME, 4);
    assertThat(admission.load().batch()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aFifthOfTheTimeIsKeptForWhatNoForecastKnows() {
    admit(ACME, 4);
    timeShares.clear();
    admit(ACME, 1);

    assertThat(timeShares).containsExactly(0.8);
  }

  @Test
  void whatIsBeingDecodedComesBeforeANewcomer() {
    Permit first = admit(ACME, 2);
    admission.admit(request(ACME, Priority.BATCH, SECOND));
    admit(ACME, 1);
    assertThat(ahead).last().isEqualTo(2L * SECOND);

    first.decoded(List.of(2 * SECOND));
    admit(ACME, 1);
    assertThat(ahead).last().isEqualTo((long) SECOND);
    assertThatThrownBy(() -> admission.admit(request(ACME, Priority.BATCH, 2 * SECOND)));
    assertThat(ahead).last().isEqualTo(3L * SECOND);
  }

  @Test
  void holdsWhatARecordingReallyIsOnceItIsDecoded() {
    Permit permit = admit(ACME, 8);
    admit(ACME, 1);

    permit.decoded(List.of(3 * SECOND));

    assertThat(admission.load().interactive()).isEqualTo(Duration.ofSeconds(4));
  }

  @Test
  void refusesARecordingThatIsLongerThanItLooked() {
    Permit permit = admit(ACME, 2);
    admit(ACME, 8);

    assertThatThrownBy(() -> permit.decoded(List.of(3 * SECOND)))
        .isInstanceOf(OverloadedException.class);

    assertThat(admission.load().interactive()).isEqualTo(Duration.ofSeconds(10));
    permit.dropped();
    assertThat(admission.load().interactive()).isEqualTo(Duration.ofSeconds(8));
    assertThat(told)
        .containsExactly(
            "admitted acme 2",
            "admitted acme 8",
            "refused acme 3 AUDIO_LIMIT",
            "ended acme 2 DROPPED");
  }

  @Test
  void aPermitEndsOnceTheFirstWay() {
    for (Consumer<Permit> ending :
        List.<Consumer<Permit>>of(
            Permit::completed, Permit::dropped, Permit::failed, Permit::ignored)) {
      Permit permit = admit(ACME, 1);
      now += 5;
      ending.accept(permit);
      permit.completed();
      permit.ignored();
      permit.decoded(List.of(4 * SECOND));
    }

    assertThat(told.stream().filter(line -> line.startsWith("ended")))
        .containsExactly(
            "ended acme 1 COMPLETED",
            "ended acme 1 DROPPED",
            "ended acme 1 FAILED",
            "ended acme 1 IGNORED");
    assertThat(admission.load().calls()).isZero();
    assertThat(admission.load().interactive()).isZero();
  }

  @Test
  void whatOthersLeaveMayBeBorrowed() {
    admit(OTHER, 1);

    for (int i = 0; i < 9; i++) {
      admit(ACME, 1);
    }

    assertThat(admission.load().interactive()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void theFirstRoomGoesToWhoeverWasRefusedItsShare() {
    List<Permit> borrowed = List.of(admit(ACME, 3), admit(ACME, 3), admit(ACME, 4));
    assertThat(refused(OTHER, 3)).isEqualTo(Refusal.AUDIO_LIMIT);

    borrowed.get(0).completed();

    assertThat(refused(ACME, 1)).isEqualTo(Refusal.TENANT_SHARE);
    admit(OTHER, 3);
    borrowed.get(1).completed();
    admit(ACME, 1);
  }

  @Test
  void roomIsHeldBackNoLongerThanItTakesToAskAgain() {
    Permit borrowed = admit(ACME, 6);
    admit(ACME, 4);
    Duration hint = hint(OTHER, 3);
    borrowed.completed();
    assertThat(refused(ACME, 4)).isEqualTo(Refusal.TENANT_SHARE);

    now += 2 * hint.toNanos();

    admit(ACME, 4);
  }

  @Test
  void aTenantAboveItsShareHasNoClaim() {
    TenantId third = new TenantId("third");
    admit(ACME, 4);
    admit(OTHER, 4);
    admit(third, 1);
    Permit last = admit(third, 1);
    assertThat(refused(ACME, 1)).isEqualTo(Refusal.AUDIO_LIMIT);

    last.completed();

    // Above its share too: it would have to leave the room to a claim.
    admit(OTHER, 1);
  }

  @Test
  void weightsSayHowMuchOfARefusalIsClaimed() {
    admission = admission(Map.of(OTHER, 4.0));
    List<Permit> borrowed = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      borrowed.add(admit(ACME, 1));
    }
    for (int i = 0; i < 20; i++) {
      refused(OTHER, 1);
    }
    borrowed.subList(0, 9).forEach(Permit::completed);

    // Four fifths of the 11 seconds with the last call; acme has one second more than that leaves.
    for (int i = 0; i < 8; i++) {
      admit(OTHER, 1);
    }
    assertThat(admission.load().interactive()).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void roomForTheBatchClassIsNotHeldBackFromInteractiveCalls() {
    Permit first = admit(ACME, 4);
    admit(ACME, 6);
    assertThatThrownBy(() -> admission.admit(request(OTHER, Priority.BATCH, SECOND)))
        .isInstanceOf(OverloadedException.class);
    first.completed();

    admit(ACME, 4);
  }

  private AdmissionControl admission(Map<TenantId, Double> weights) {
    return new AdmissionControl(
        new AdmissionSettings(Duration.ofSeconds(10), 0.5, weights),
        (model, priority, buckets, deadlineNanos, timeShare, samplesAhead) -> {
          timeShares.add(timeShare);
          ahead.add(samplesAhead);
          return new Forecast(lateness, 0.1);
        },
        () -> now,
        () -> random,
        new Told(told));
  }

  private Permit admit(TenantId tenant, int seconds) {
    return admission.admit(request(tenant, Priority.INTERACTIVE, seconds * SECOND));
  }

  private Refusal refused(TenantId tenant, int seconds) {
    assertThatThrownBy(() -> admit(tenant, seconds)).isInstanceOf(OverloadedException.class);
    String line = told.get(told.size() - 1);
    return Refusal.valueOf(line.substring(line.lastIndexOf(' ') + 1));
  }

  private Duration hint(TenantId tenant, int seconds) {
    return catchThrowableOfType(OverloadedException.class, () -> admit(tenant, seconds))
        .retryAfter();
  }

  private AdmissionRequest request(TenantId tenant, Priority priority, Integer... samples) {
    return new AdmissionRequest(tenant, priority, MODEL, List.of(samples), now + 10_000_000_000L);
  }

  /** Writes down what it hears. */
  private record Told(List<String> lines) implements AdmissionListener {
    @Override
    public void admitted(AdmissionRequest request, Duration audio) {
      lines.add("admitted " + request.tenant() + " " + audio.toSeconds());
    }

    @Override
    public void refused(AdmissionRequest request, Duration audio, Refusal reason) {
      lines.add("refused " + request.tenant() + " " + audio.toSeconds() + " " + reason);
    }

    @Override
    public void ended(AdmissionRequest request, Duration audio, Ending ending, Duration held) {
      lines.add("ended " + request.tenant() + " " + audio.toSeconds() + " " + ending);
    }
  }
}
