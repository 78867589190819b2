package io.mt2kd.gateway.core.batching;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.Placement;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many callers at once, on real threads and real time. */
@Timeout(60)
class BucketBatcherConcurrencyTest {
  private static final int CALLERS = 8;
  private static final int CALLS = 2_000;
  private static final int POISON = 13;

  private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS + 3);
  private final ScheduledExecutorService alarms = Executors.newSingleThreadScheduledExecutor();
  private final Backend backend = new Backend();
  private final BucketBatcher batcher =
      new BucketBatcher(
          backend,
          new BatchingSettings(3, Duration.ofMillis(5)),
          (delayNanos, task) -> alarms.schedule(task, delayNanos, NANOSECONDS),
          System::nanoTime);

  @AfterEach
  void stop() {
    threads.shutdownNow();
    alarms.shutdownNow();
  }

  @Test
  void everyCallerIsAnsweredOnceAndNothingIsLeftBehind() throws Exception {
    List<Future<Integer>> callers = new ArrayList<>();
    for (int caller = 0; caller < CALLERS; caller++) {
      callers.add(threads.submit(calls(caller)));
    }
    int answered = 0;
    for (Future<Integer> caller : callers) {
      answered += caller.get();
    }
    // What is left is batches whose callers have all gone.
    threads.shutdown();
    assertThat(threads.awaitTermination(30, SECONDS)).isTrue();

    assertThat(answered).isGreaterThan(CALLERS * CALLS / 2);
    assertThat(backend.mostAtOnce.get()).isBetween(1, 3);
    assertThat(batcher.load())
        .isEqualTo(new BatcherLoad(0, Duration.ZERO, 0, Duration.ZERO, Map.of("fake:1", 3)));
  }

  /** How many had an answer; each is checked. */
  private Callable<Integer> calls(int caller) {
    return () -> {
      Random random = new Random(caller);
      List<CompletableFuture<BatchedUtterance>> replies = new ArrayList<>();
      List<Integer> said = new ArrayList<>();
      int answered = 0;
      for (int call = 0; call < CALLS; call++) {
        int word = random.nextInt(1_000);
        said.add(word);
        short[] samples = new short[1_600 + random.nextInt(30_000)];
        samples[0] = (short) word;
        CompletableFuture<BatchedUtterance> reply =
            batcher.submit(
                caller + "-" + call,
                Backend.MODEL,
                Waveform.of(samples),
                EnumSet.of(Head.values()[random.nextInt(2)], Head.ASR),
                Priority.INTERACTIVE,
                System.nanoTime() + 60_000_000_000L);
        replies.add(reply);
        if (random.nextInt(10) == 0) {
          replies.get(random.nextInt(replies.size())).cancel(false);
        }
        if (call % 50 == 49) {
          reply.handle((answer, failure) -> answer).join();
        }
      }
      for (int call = 0; call < CALLS; call++) {
        int word = said.get(call);
        CompletableFuture<BatchedUtterance> reply = replies.get(call);
        answered +=
            reply
                .handle(
                    (answer, failure) -> {
                      if (reply.isCancelled()) {
                        return 0;
                      }
                      assertThat(failure != null).as("said " + word).isEqualTo(word == POISON);
                      if (answer != null) {
                        assertThat(requireNonNull(answer.output().asr()).tokens()[0])
                            .isEqualTo(word);
                      }
                      return 1;
                    })
                .join();
      }
      return answered;
    };
  }

  /** Answers on threads of its own and fails on whoever says the poisoned word. */
  private final class Backend implements InferenceBackend {
    private static final ServedModel MODEL = HeldBackend.MODEL;

    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();

    @Override
    public ServedModel model() {
      return MODEL;
    }

    @Override
    public List<String> replicas() {
      return List.of(MODEL.replica());
    }

    @Override
    public CompletableFuture<BatchOutput> infer(UtteranceBatch batch, Placement placement) {
      mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
      return CompletableFuture.supplyAsync(
          () -> {
            atOnce.decrementAndGet();
            if (batch.waveforms().stream().anyMatch(each -> each.samples().get(0) == POISON)) {
              throw new InternalException("poisoned");
            }
            return HeldBackend.hear(batch);
          },
          threads);
    }

    @Override
    public void close() {}
  }
}
