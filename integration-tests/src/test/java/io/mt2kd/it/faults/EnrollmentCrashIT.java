package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.client.EnrollRequest;
import io.mt2kd.client.ListSpeakersRequest;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Mt2kdException;
import io.mt2kd.client.Recording;
import io.mt2kd.client.RetryPolicy;
import io.mt2kd.client.SpeakerPage;
import io.mt2kd.client.SpeakerProfile;
import io.mt2kd.client.VerifyRequest;
import io.mt2kd.it.harness.JavaProcess;
import io.mt2kd.it.harness.ModelRepository;
import io.mt2kd.it.harness.Waveforms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} to a whole gateway at random moments while clients enroll, over and over on one
 * database: every acknowledged enrollment is there after the restart, and none by halves.
 *
 * <p>{@code -Dmt2kd.crash.rounds=200} makes it long; by default it ends after a minute. {@code
 * -Dmt2kd.crash.seed=…} repeats the drawn moments.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class EnrollmentCrashIT {
  private static final int ROUNDS = Integer.getInteger("mt2kd.crash.rounds", 0);
  private static final Duration DEFAULT_LENGTH = Duration.ofSeconds(60);
  private static final int FEWEST_ROUNDS = 5;
  private static final long SEED = Long.getLong("mt2kd.crash.seed", System.nanoTime());
  private static final int CLIENTS = 3;
  private static final int LONGEST_WAIT_MICROS = 1_500_000;

  private static final Recording VOICE =
      Recording.pcm16(Waveforms.voiceLike(24_000, 9), Waveforms.RATE);

  /** What each enrollment adds, in one transaction. */
  private static final int RECORDINGS = 2;

  @TempDir Path folder;

  /** References of each speaker that were acknowledged. */
  private final Map<String, Integer> acknowledged = new HashMap<>();

  private int unacknowledged;

  @Test
  void losesNoAcknowledgedSpeakerAndHalvesNone() throws Exception {
    Random random = new Random(SEED);
    long start = System.nanoTime();
    int round = 0;
    while (ROUNDS > 0
        ? round < ROUNDS
        : round < FEWEST_ROUNDS || System.nanoTime() - start < DEFAULT_LENGTH.toNanos()) {
      enrollUntilKilled(round++, random);
    }
    try (JavaProcess gateway = start()) {
      try (Mt2kdClient client = client(Integer.parseInt(gateway.readLine()))) {
        requireWhole(client);
      }
    }
    System.out.printf(
        "EnrollmentCrashIT: seed %d, %d kills, %d speakers acknowledged, none lost, none halved;"
            + " %d enrollments were durable without having been acknowledged%n",
        SEED, round, acknowledged.size(), unacknowledged);
    assertThat(acknowledged).hasSizeGreaterThan(round);
  }

  private void enrollUntilKilled(int round, Random random) throws Exception {
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try (JavaProcess gateway = start();
        Mt2kdClient client = client(Integer.parseInt(gateway.readLine()))) {
      requireWhole(client);
      AtomicInteger next = new AtomicInteger();
      CompletableFuture<?>[] clients = new CompletableFuture<?>[CLIENTS];
      for (int i = 0; i < CLIENTS; i++) {
        clients[i] = CompletableFuture.runAsync(() -> enroll(client, round, next));
      }
      clock.schedule(
          () -> {
            gateway.kill();
            return null;
          },
          random.nextInt(LONGEST_WAIT_MICROS),
          TimeUnit.MICROSECONDS);
      CompletableFuture.allOf(clients).get(2, TimeUnit.MINUTES);
    } finally {
      clock.shutdownNow();
    }
  }

  /** Enrolls one speaker after another, each twice, until nobody answers. */
  private void enroll(Mt2kdClient client, int round, AtomicInteger next) {
    while (true) {
      String id = "r" + round + "-" + next.getAndIncrement();
      for (int times = 1; times <= 2; times++) {
        try {
          client.enroll(EnrollRequest.of(id, VOICE, VOICE).withDisplayName(name(id)));
        } catch (Mt2kdException e) {
          return; // The gateway is gone.
        }
        synchronized (acknowledged) {
          acknowledged.merge(id, RECORDINGS, Integer::sum);
        }
      }
    }
  }

  private void requireWhole(Mt2kdClient client) {
    Map<String, SpeakerProfile> stored = stored(client);
    assertThat(stored.keySet()).containsAll(acknowledged.keySet());
    Optional<SpeakerProfile> any = stored.values().stream().findFirst();
    for (SpeakerProfile speaker : stored.values()) {
      int sure = acknowledged.getOrDefault(speaker.id(), 0);
      assertThat(speaker.referenceCount()).as(speaker.id()).isIn(sure, sure + RECORDINGS);
      assertThat(speaker.displayName()).isEqualTo(name(speaker.id()));
      // Every recording is the same: so much speech for each of them.
      assertThat(speaker.speech().dividedBy(speaker.referenceCount()))
          .as(speaker.id())
          .isEqualTo(any.orElseThrow().speech().dividedBy(any.get().referenceCount()));
      if (speaker.referenceCount() > sure) {
        // Durable from now on: later rounds must not lose it either.
        unacknowledged++;
        acknowledged.put(speaker.id(), speaker.referenceCount());
      }
    }
    // Its voiceprints can be read back.
    any.ifPresent(
        speaker ->
            assertThat(client.verify(VerifyRequest.of(speaker.id(), VOICE)).logLikelihoodRatio())
                .isPositive());
  }

  private static Map<String, SpeakerProfile> stored(Mt2kdClient client) {
    Map<String, SpeakerProfile> stored = new TreeMap<>();
    Optional<String> token = Optional.of("");
    while (token.isPresent()) {
      SpeakerPage page = client.listSpeakers(new ListSpeakersRequest(1000, token.get()));
      page.speakers().forEach(speaker -> stored.put(speaker.id(), speaker));
      token = page.nextPageToken();
    }
    return stored;
  }

  private static String name(String id) {
    return "Speaker " + id;
  }

  private JavaProcess start() throws IOException {
    return JavaProcess.start(
        folder,
        GatewayProcess.class,
        folder.resolve("speakers.db").toString(),
        ModelRepository.onnxruntime().toString());
  }

  private static Mt2kdClient client(int port) {
    return Mt2kdClient.builder("127.0.0.1:" + port)
        .plaintext()
        .retryPolicy(RetryPolicy.NONE)
        .timeout(Duration.ofSeconds(60))
        .drainTimeout(Duration.ZERO)
        .build();
  }
}
