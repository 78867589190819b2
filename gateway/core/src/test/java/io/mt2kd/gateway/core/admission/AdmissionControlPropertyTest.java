package io.mt2kd.gateway.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.BatchForecast.Forecast;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.model.Manifests;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** What holds whoever asks for what, and however it ends. */
class AdmissionControlPropertyTest {
  private static final ServedModel MODEL =
      new ServedModel(Manifests.MANIFEST, "fake", "1", "fake:1");
  private static final List<TenantId> TENANTS =
      List.of(new TenantId("a"), new TenantId("b"), new TenantId("c"));
  private static final int SECOND = 16_000;
  private static final Duration BOUND = Duration.ofSeconds(60);

  private final Book book = new Book();
  private long now = 1_000_000_000L;
  private Duration lateness = Duration.ofSeconds(-1);

  @Property(tries = 500)
  void isNeverAboveTheBoundAndEverythingIsGivenBackOnce(@ForAll long seed) {
    Random random = new Random(seed);
    AdmissionControl admission = admission(Map.of(TENANTS.get(0), 3.0));
    List<Permit> permits = new ArrayList<>();
    for (int step = 0; step < 300; step++) {
      now += random.nextInt(200) * 1_000_000L;
      lateness = Duration.ofMillis(random.nextInt(100) - 80);
      switch (random.nextInt(4)) {
        case 0, 1 -> {
          Permit permit =
              ask(
                  admission,
                  TENANTS.get(random.nextInt(3)),
                  Priority.values()[random.nextInt(2)],
                  random.nextInt(40) * SECOND);
          if (permit != null) {
            permits.add(permit);
          }
        }
        case 2 -> {
          if (!permits.isEmpty()) {
            decode(permits.get(random.nextInt(permits.size())), random.nextInt(40) * SECOND);
          }
        }
        default -> {
          if (!permits.isEmpty()) {
            // Those that have ended stay in the list: they are ended again.
            end(permits.get(random.nextInt(permits.size())), random.nextInt(4));
          }
        }
      }
      AdmissionLoad load = admission.load();
      assertThat(load.interactive().plus(load.batch())).isBetween(Duration.ZERO, BOUND);
      assertThat(load.calls()).isEqualTo(book.admitted - book.ended);
    }
    permits.forEach(permit -> end(permit, random.nextInt(4)));

    assertThat(admission.load())
        .isEqualTo(new AdmissionLoad(BOUND, Duration.ZERO, Duration.ZERO, 0, 0));
    assertThat(book.ended).isEqualTo(book.admitted);
  }

  @Property(tries = 500)
  void whoeverIsWithinItsShareIsServedAsSoonAsThereIsRoomHoweverOthersAsk(
      @ForAll @IntRange(min = 1, max = 15) int seconds, @ForAll long seed) {
    Random random = new Random(seed);
    AdmissionControl admission = admission(Map.of());
    TenantId flooding = TENANTS.get(0);
    TenantId quiet = TENANTS.get(1);
    List<Permit> borrowed = new ArrayList<>();
    flood(admission, flooding, random, borrowed);
    assertThat(ask(admission, quiet, Priority.INTERACTIVE, seconds * SECOND)).isNull();

    @Nullable Permit served = null;
    while (served == null) {
      assertThat(borrowed).as("there is room").isNotEmpty();
      borrowed.remove(random.nextInt(borrowed.size())).completed();
      boolean room = free(admission).compareTo(Duration.ofSeconds(bucket(seconds))) >= 0;
      flood(admission, flooding, random, borrowed);
      served = ask(admission, quiet, Priority.INTERACTIVE, seconds * SECOND);
      assertThat(served != null).as("served once there is room").isEqualTo(room);
    }
  }

  @Property(tries = 40)
  void tenantsThatAlwaysAskHaveTheirShares(
      @ForAll @IntRange(min = 1, max = 4) int weight, @ForAll long seed) {
    Random random = new Random(seed);
    AdmissionControl admission = admission(Map.of(TENANTS.get(1), (double) weight));
    Map<TenantId, List<Permit>> permits = new HashMap<>();
    double sum = 0;
    int rounds = 300;
    for (int round = 0; round < rounds; round++) {
      for (int asks = 0; asks < 20; asks++) {
        // One asks nine times as often.
        TenantId tenant = TENANTS.get(random.nextInt(10) == 0 ? 1 : 0);
        Permit permit = ask(admission, tenant, Priority.INTERACTIVE, SECOND);
        if (permit != null) {
          permits.computeIfAbsent(tenant, any -> new ArrayList<>()).add(permit);
        }
      }
      for (List<Permit> each : permits.values()) {
        if (!each.isEmpty() && random.nextBoolean()) {
          each.remove(0).completed();
        }
      }
      now += 10_000_000;
      // Once the one that asks more often has had to give back what it borrowed at first.
      sum += round < 100 ? 0 : permits.getOrDefault(TENANTS.get(1), List.of()).size();
    }

    double share = 60.0 * weight / (weight + 1);
    assertThat(sum / (rounds - 100)).isGreaterThan(0.8 * share);
  }

  @Property(tries = 200)
  void nobodyElseAskingEverythingMayBeHad(@ForAll long seed) {
    Random random = new Random(seed);
    AdmissionControl admission = admission(Map.of());
    for (int i = 0; i < 100; i++) {
      int seconds = 1 + random.nextInt(15);
      boolean room = free(admission).compareTo(Duration.ofSeconds(bucket(seconds))) >= 0;

      Permit permit = ask(admission, TENANTS.get(0), Priority.INTERACTIVE, seconds * SECOND);

      assertThat(permit != null).isEqualTo(room);
      if (permit != null && random.nextInt(3) == 0) {
        permit.completed();
      }
    }
  }

  private AdmissionControl admission(Map<TenantId, Double> weights) {
    return new AdmissionControl(
        new AdmissionSettings(BOUND, 0.5, weights),
        (model, priority, buckets, deadline, timeShare, ahead) -> new Forecast(lateness, 0.1),
        () -> now,
        () -> 0.5,
        book);
  }

  private void flood(
      AdmissionControl admission, TenantId tenant, Random random, List<Permit> permits) {
    for (int i = 0; i < 100; i++) {
      Permit permit =
          ask(admission, tenant, Priority.INTERACTIVE, (1 + random.nextInt(3)) * SECOND);
      if (permit != null) {
        permits.add(permit);
      }
    }
  }

  private @Nullable Permit ask(
      AdmissionControl admission, TenantId tenant, Priority priority, int samples) {
    try {
      return admission.admit(
          new AdmissionRequest(tenant, priority, MODEL, List.of(samples), now + 5_000_000_000L));
    } catch (OverloadedException e) {
      assertThat(e.retryAfter()).isBetween(Duration.ofMillis(50), Duration.ofSeconds(15));
      return null;
    }
  }

  private static void decode(Permit permit, int samples) {
    try {
      permit.decoded(List.of(samples));
    } catch (OverloadedException e) {
      permit.dropped();
    }
  }

  private static void end(Permit permit, int how) {
    switch (how) {
      case 0 -> permit.completed();
      case 1 -> permit.dropped();
      case 2 -> permit.failed();
      default -> permit.ignored();
    }
  }

  private static Duration free(AdmissionControl admission) {
    return BOUND.minus(admission.load().interactive());
  }

  private static int bucket(int seconds) {
    return Manifests.MANIFEST.bucketSamples(seconds * SECOND) / SECOND;
  }

  /** Counts what it hears. */
  private static final class Book implements AdmissionListener {
    private int admitted;
    private int ended;

    @Override
    public void admitted(AdmissionRequest request, Duration audio) {
      admitted++;
    }

    @Override
    public void ended(AdmissionRequest request, Duration audio, Ending ending, Duration held) {
      ended++;
    }
  }
}
