package io.mt2kd.gateway.core.analysis;

import static io.mt2kd.gateway.core.analysis.FakeDecoder.broken;
import static io.mt2kd.gateway.core.analysis.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.admission.AdmissionListener;
import io.mt2kd.gateway.core.admission.AdmissionLoad;
import io.mt2kd.gateway.core.admission.AdmissionRequest;
import io.mt2kd.gateway.core.admission.AdmissionSettings;
import io.mt2kd.gateway.core.admission.Ending;
import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.BucketBatcher;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.AfterFailureMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/** However calls come, end and are given up, each permit is given back once. */
class PermitPropertyTest {
  private static final Duration BOUND = Duration.ofMinutes(2);

  @Property(tries = 500, afterFailure = AfterFailureMode.SAMPLE_FIRST)
  void everythingIsGivenBackAfterAnyInterleaving(@ForAll long seed) {
    Run run = new Run(seed);
    for (int step = 0; step < 120; step++) {
      run.step();
    }
    run.finish();

    assertThat(run.calls).allMatch(CompletableFuture::isDone);
    assertThat(run.admission.load())
        .isEqualTo(new AdmissionLoad(BOUND, Duration.ZERO, Duration.ZERO, 0, 0));
    assertThat(run.endings.values().stream().mapToInt(each -> each).sum()).isEqualTo(run.admitted);
    run.endings.keySet().forEach(Statistics::collect);
  }

  /** A gateway whose workers and backend move when the script says so. */
  private static final class Run implements AdmissionListener {
    private final Random random;
    private final FakeTicker ticker = new FakeTicker();
    private final FakeBackend backend = new FakeBackend();
    private final ManualExecutor workers = new ManualExecutor();
    private final BucketBatcher batcher =
        new BucketBatcher(
            backend, new BatchingSettings(1, Duration.ZERO), (delay, task) -> {}, ticker);
    private final AdmissionControl admission =
        new AdmissionControl(
            new AdmissionSettings(BOUND, 0.5, Map.of()), batcher, ticker, () -> 0, this);
    private final UtterancePipeline pipeline =
        new UtterancePipeline(
            backend, admission, new FakeDecoder(ticker), batcher, workers, workers);
    private final List<CompletableFuture<?>> calls = new ArrayList<>();
    private final List<CompletableFuture<Void>> callers = new ArrayList<>();
    private final List<Runnable> pending = new ArrayList<>();
    private final Map<Ending, Integer> endings = new EnumMap<>(Ending.class);
    private int admitted;

    private Run(long seed) {
      random = new Random(seed);
      backend.answer =
          batch -> {
            CompletableFuture<BatchOutput> reply = new CompletableFuture<>();
            int how = random.nextInt(8);
            pending.add(
                () -> {
                  switch (how) {
                    case 0 -> reply.completeExceptionally(new UnavailableException("gone"));
                    case 1 -> reply.completeExceptionally(new InternalException("bad"));
                    case 2 ->
                        reply.completeExceptionally(
                            new OverloadedException("full", Duration.ofSeconds(1)));
                    default -> reply.complete(FakeBackend.hear(batch));
                  }
                });
            return reply;
          };
    }

    private void step() {
      switch (random.nextInt(6)) {
        case 0, 1 -> call();
        case 2 -> workers.runAll();
        case 3 ->
            callers.stream()
                .skip(random.nextInt(callers.size() + 1))
                .findFirst()
                .ifPresent(caller -> caller.complete(null));
        case 4 -> answer();
        default -> ticker.advanceMillis(random.nextInt(300));
      }
    }

    private void call() {
      CompletableFuture<Void> caller = new CompletableFuture<>();
      callers.add(caller);
      Call call =
          Call.starting(
              "r" + calls.size(),
              new TenantId("t" + random.nextInt(3)),
              Priority.values()[random.nextInt(2)],
              Duration.ofMillis(random.nextInt(5_000)),
              ticker,
              caller);
      calls.add(
          pipeline.hearVoice(
              call,
              List.of(
                  recording(1 + random.nextInt(100), 0),
                  random.nextInt(5) == 0 ? broken() : recording(10, 0)),
              () -> {
                if (random.nextInt(10) == 0) {
                  throw new IllegalStateException("the store is broken");
                }
              }));
    }

    private void answer() {
      if (!pending.isEmpty()) {
        pending.remove(random.nextInt(pending.size())).run();
      }
    }

    private void finish() {
      do {
        workers.runAll();
        answer();
      } while (!pending.isEmpty());
      batcher.close();
      workers.runAll();
    }

    @Override
    public void admitted(AdmissionRequest request, Duration audio) {
      admitted++;
    }

    @Override
    public void ended(AdmissionRequest request, Duration audio, Ending ending, Duration held) {
      endings.merge(ending, 1, Integer::sum);
    }
  }
}
