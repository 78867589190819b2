package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import inference.GRPCInferenceServiceGrpc;
import inference.InferStatistics;
import inference.ModelStatisticsRequest;
import io.grpc.ManagedChannel;
import io.mt2kd.client.Analysis;
import io.mt2kd.client.AnalyzeRequest;
import io.mt2kd.client.DeadlineExceededException;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.OverloadedException;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Tag;
import io.mt2kd.client.Task;
import io.mt2kd.gateway.server.configuration.ReplicasConfiguration;
import io.mt2kd.it.harness.Footprint;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.TritonServer;
import io.mt2kd.it.harness.Waveforms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Very many callers give up at random moments, two of five by cancelling and two by deadline, over
 * the ensemble of a real Triton. It lives, the fifth caller is answered as if it were alone, and
 * nothing stays behind: no utterance, no place in a batch or at the replica, no thread, no memory.
 */
@Timeout(3600)
class AbandonedCallsIT {
  private static final int CALLS = Integer.getInteger("mt2kd.abandoned.calls", 1_500);
  private static final int FIRST_CALLS = 300;
  private static final int AT_A_TIME = 12;
  private static final List<Recording> CLIPS =
      IntStream.range(0, 4)
          .mapToObj(i -> Waveforms.voiceLike(8_000 + 5_000 * i, i))
          .map(waveform -> Recording.pcm16(waveform, Waveforms.RATE))
          .toList();
  private static final long MIB = 1 << 20;

  /** So few places that a leak of a place in a thousand calls is found by callers too. */
  private static final ReplicasConfiguration REPLICAS =
      new ReplicasConfiguration(
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofSeconds(2),
          Duration.ZERO,
          4,
          false);

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicInteger expired = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicLong slowestAnswerNanos = new AtomicLong();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final List<Analysis> expected = new ArrayList<>();

  @AfterEach
  void stopClock() {
    clock.shutdownNow();
  }

  @Test
  void leaveNothingBehind(@TempDir Path folder) throws Exception {
    long seed = Long.getLong("mt2kd.abandoned.seed", System.nanoTime());
    System.out.println("AbandonedCallsIT: seed " + seed);
    Random random = new Random(seed);
    try (TritonServer triton = TritonServer.start();
        GatewayServer gateway =
            GatewayServer.start("127.0.0.1:" + triton.port(), REPLICAS, folder);
        Mt2kdClient client = gateway.client()) {
      long pid = triton.pid();
      for (Recording clip : CLIPS) {
        expected.add(client.analyze(clip, Task.values()));
      }
      giveUp(client, random, FIRST_CALLS);
      gateway.awaitIdle();
      Footprint before = Footprint.now();

      long start = System.nanoTime();
      giveUp(client, random, CALLS);
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      gateway.awaitIdle();

      Footprint after = Footprint.now();
      System.out.printf(
          "AbandonedCallsIT: %d calls in %d ms: %d cancelled, %d expired, %d refused, %d"
              + " answered, slowest answer %d ms%n  before: %s%n  after:  %s%n",
          FIRST_CALLS + CALLS,
          millis,
          cancelled.get(),
          expired.get(),
          refused.get(),
          answered.get(),
          TimeUnit.NANOSECONDS.toMillis(slowestAnswerNanos.get()),
          before,
          after);
      assertThat(failures).isEmpty();
      // Otherwise they all came too late.
      assertThat(cancelled.get()).isGreaterThan(CALLS / 10);
      assertThat(expired.get() + refused.get()).isGreaterThan(CALLS / 10);
      for (int i = 0; i < CLIPS.size(); i++) {
        requireSame(client.analyze(CLIPS.get(i), Task.values()), i);
      }
      assertThat(triton.isAlive()).isTrue();
      assertThat(triton.pid()).isEqualTo(pid);
      assertThat(statistics(triton).getFail().getCount()).isZero();
      assertThat(after.heapBytes() - before.heapBytes()).as("heap").isLessThan(4 * MIB);
      assertThat(after.directBytes() - before.directBytes()).as("direct").isLessThan(16 * MIB);
      assertThat(after.threads() - before.threads())
          .as("threads")
          .isLessThanOrEqualTo(2 * AT_A_TIME);
    }
  }

  private void giveUp(Mt2kdClient client, Random random, int calls) throws InterruptedException {
    Semaphore places = new Semaphore(AT_A_TIME);
    for (int i = 0; i < calls; i++) {
      places.acquire();
      int clip = i % CLIPS.size();
      // Squared: as many in the first quarter of the time as in the rest.
      double share = random.nextDouble();
      long waitMicros = 1 + (long) (share * share * 400_000);
      int kind = random.nextInt(5);
      long start = System.nanoTime();
      CompletableFuture<Analysis> call =
          (kind < 2 ? client : client.withTimeout(patience(kind, waitMicros)))
              .async()
              .analyze(AnalyzeRequest.of(CLIPS.get(clip), Task.values()));
      if (kind < 2) {
        var unused = clock.schedule(() -> call.cancel(true), waitMicros, TimeUnit.MICROSECONDS);
      }
      call.whenComplete(
          (analysis, failure) -> {
            try {
              ended(clip, System.nanoTime() - start, kind, analysis, failure);
            } finally {
              places.release();
            }
          });
    }
    places.acquire(AT_A_TIME);
  }

  private static Duration patience(int kind, long waitMicros) {
    return kind < 4 ? Duration.ofNanos(1_000 * waitMicros) : Duration.ofSeconds(60);
  }

  private void ended(
      int clip, long nanos, int kind, @Nullable Analysis analysis, @Nullable Throwable failure) {
    if (failure == null && analysis != null) {
      answered.incrementAndGet();
      slowestAnswerNanos.accumulateAndGet(nanos, Math::max);
      try {
        requireSame(analysis, clip);
      } catch (AssertionError e) {
        failures.add(e);
      }
    } else if (kind < 2 && failure instanceof CancellationException) {
      cancelled.incrementAndGet();
    } else if (kind >= 2 && kind < 4 && failure instanceof DeadlineExceededException) {
      expired.incrementAndGet();
    } else if (failure instanceof OverloadedException) {
      // Admission foresees that it, or one that it would delay, cannot be in time.
      refused.incrementAndGet();
    } else {
      failures.add(new AssertionError("kind " + kind, failure));
    }
  }

  /** The same whoever it was in a batch with. */
  private void requireSame(Analysis analysis, int clip) {
    Analysis alone = expected.get(clip);
    assertThat(analysis.transcript().text()).isEqualTo(alone.transcript().text());
    assertThat(analysis.tags()).hasSameSizeAs(alone.tags());
    for (Tag tag : alone.tags()) {
      assertThat(analysis.tags())
          .filteredOn(other -> other.label().equals(tag.label()))
          .singleElement()
          .satisfies(
              other ->
                  assertThat(Math.abs(other.probability() - tag.probability())).isLessThan(1e-3));
    }
  }

  private static InferStatistics statistics(TritonServer triton) {
    ManagedChannel channel = triton.channel();
    try {
      return GRPCInferenceServiceGrpc.newBlockingStub(channel)
          .modelStatistics(ModelStatisticsRequest.newBuilder().setName("mt2kd").build())
          .getModelStats(0)
          .getInferenceStats();
    } finally {
      channel.shutdownNow();
    }
  }
}
