package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import inference.GRPCInferenceServiceGrpc;
import inference.InferStatistics;
import inference.ModelStatisticsRequest;
import io.grpc.ManagedChannel;
import io.mt2kd.client.Analysis;
import io.mt2kd.client.AnalyzeRequest;
import io.mt2kd.client.AsyncMt2kdClient;
import io.mt2kd.client.DeadlineExceededException;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.OverloadedException;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Task;
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
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Callers give up at random moments, by cancelling and by deadline, and Triton never hears of it: a
 * cancelled or expired request in its ensemble ends a Triton 24.10 with SIGSEGV within some dozen
 * of them. Runs on a server of its own.
 */
@Timeout(240)
class CallerCancellationIT {
  private static final int ROUNDS = 25;
  private static final int AT_A_TIME = 4;

  private final AtomicInteger givenUp = new AtomicInteger();

  /** Those that admission foresaw: they never came near Triton. */
  private final AtomicInteger refused = new AtomicInteger();

  @Test
  void neverReachesTriton(@TempDir Path folder) throws Exception {
    long seed = System.nanoTime();
    System.out.println("CallerCancellationIT: seed " + seed);
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try (TritonServer triton = TritonServer.start();
        GatewayServer gateway = GatewayServer.start(triton.channel(), "triton", folder);
        Mt2kdClient client = gateway.client()) {
      long pid = triton.pid();
      int longestWaitMicros = longestWaitMicros(client);
      long before = statistics(triton).getSuccess().getCount();
      giveUp(client, new Random(seed), clock, longestWaitMicros);

      Analysis analysis = client.analyze(clip(0), Task.SPEECH_RECOGNITION, Task.AUDIO_TAGGING);

      assertThat(analysis.tags()).isNotEmpty();
      assertThat(triton.isAlive()).isTrue();
      assertThat(triton.pid()).isEqualTo(pid);
      InferStatistics after = statistics(triton);
      long completed = after.getSuccess().getCount() - before;
      System.out.printf(
          "CallerCancellationIT: %d of %d calls given up, %d refused, Triton completed %d%n",
          givenUp.get(), ROUNDS * AT_A_TIME, refused.get(), completed);
      assertThat(after.getFail().getCount()).isZero();
      // Otherwise they all came too late, or too early to reach the server at all.
      assertThat(givenUp.get()).isGreaterThanOrEqualTo(ROUNDS * AT_A_TIME / 5);
      long answered = ROUNDS * AT_A_TIME - givenUp.get() - refused.get();
      assertThat(completed).isGreaterThan(answered + 1);
    } finally {
      clock.shutdownNow();
    }
  }

  /** Half of what as many calls at a time take that nobody gives up, the fastest of five times. */
  private static int longestWaitMicros(Mt2kdClient client) {
    long fastest = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long start = System.nanoTime();
      List<CompletableFuture<Analysis>> calls = new ArrayList<>();
      for (int i = 0; i < AT_A_TIME; i++) {
        calls.add(
            client
                .async()
                .analyze(AnalyzeRequest.of(clip(i), Task.SPEECH_RECOGNITION, Task.AUDIO_TAGGING)));
      }
      calls.forEach(CompletableFuture::join);
      fastest = Math.min(fastest, System.nanoTime() - start);
    }
    return (int) (fastest / 2000);
  }

  private void giveUp(
      Mt2kdClient client, Random random, ScheduledExecutorService clock, int longestWaitMicros) {
    for (int round = 0; round < ROUNDS; round++) {
      List<CompletableFuture<Analysis>> calls = new ArrayList<>();
      for (int i = 0; i < AT_A_TIME; i++) {
        int wait = random.nextInt(longestWaitMicros);
        boolean byDeadline = i % 2 == 0;
        AsyncMt2kdClient asking =
            byDeadline
                ? client.withTimeout(Duration.ofNanos(1_000L * (wait + 1))).async()
                : client.async();
        CompletableFuture<Analysis> call =
            asking.analyze(AnalyzeRequest.of(clip(i), Task.SPEECH_RECOGNITION, Task.AUDIO_TAGGING));
        calls.add(call);
        if (!byDeadline) {
          clock.schedule(() -> call.cancel(true), wait, TimeUnit.MICROSECONDS);
        }
      }
      calls.forEach(this::count);
    }
  }

  private void count(CompletableFuture<Analysis> call) {
    try {
      call.join();
    } catch (CancellationException e) {
      givenUp.incrementAndGet();
    } catch (CompletionException e) {
      assertThat(e.getCause())
          .isInstanceOfAny(DeadlineExceededException.class, OverloadedException.class);
      (e.getCause() instanceof OverloadedException ? refused : givenUp).incrementAndGet();
    }
  }

  private static Recording clip(int index) {
    return Recording.pcm16(Waveforms.voiceLike(16_000 + 9_000 * index, index), Waveforms.RATE);
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
