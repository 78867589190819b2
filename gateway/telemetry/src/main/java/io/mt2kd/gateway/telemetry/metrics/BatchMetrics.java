package io.mt2kd.gateway.telemetry.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchListener;
import io.mt2kd.gateway.core.batching.BatchedUtterance;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Utterances from the queue to their answer, and the batches that carry them. */
final class BatchMetrics implements BatchListener {
  private final MeterRegistry registry;
  private final Counter audioIn;
  private final Counter audioDone;
  private final Timer queueWait;
  private final DistributionSummary size;
  private final DistributionSummary paddingRatio;
  private final Counter audio;
  private final Counter padding;
  private final Map<Outcome, Counter> utterances = new EnumMap<>(Outcome.class);
  private final Map<Outcome, Counter> batches = new EnumMap<>(Outcome.class);
  private final Map<String, Timer> backend = new ConcurrentHashMap<>();

  BatchMetrics(MeterRegistry registry) {
    this.registry = registry;
    audioIn = seconds("mt2kd.audio.in", "Audio that was queued, without padding");
    audioDone = seconds("mt2kd.audio.done", "Audio that was answered, without padding");
    audio = seconds("mt2kd.batch.audio", "Audio in the batches sent, without padding");
    padding = seconds("mt2kd.batch.padding", "Padding in the batches sent");
    queueWait =
        Histograms.seconds("mt2kd.queue.wait", "From queued until the batch that answers leaves")
            .register(registry);
    size = Histograms.utterances(registry, "mt2kd.batch.size", "Utterances in a batch sent");
    paddingRatio =
        Histograms.ratio(registry, "mt2kd.batch.padding.ratio", "Share of a batch that is padding");
    for (Outcome outcome : Outcome.values()) {
      utterances.put(outcome, outcomes("mt2kd.utterances", "Utterances ended", outcome));
      if (outcome.ofBatches) {
        batches.put(outcome, outcomes("mt2kd.batches", "Batches ended", outcome));
      }
    }
  }

  @Override
  public SubmittedUtterance submitted(String requestId, int sampleCount, int bucketSamples) {
    double seconds = seconds(sampleCount);
    audioIn.increment(seconds);
    return (answer, failure) -> utteranceEnded(seconds, answer, failure);
  }

  @Override
  public SentBatch sent(UtteranceBatch batch, List<SubmittedUtterance> members) {
    int utterances = batch.waveforms().size();
    double computed = seconds((long) utterances * batch.paddedSamples());
    double heard = seconds(batch.samples());
    size.record(utterances);
    paddingRatio.record((computed - heard) / computed);
    audio.increment(heard);
    padding.increment(computed - heard);
    return this::batchEnded;
  }

  private void utteranceEnded(
      double seconds, @Nullable BatchedUtterance answer, @Nullable Throwable failure) {
    if (answer != null) {
      queueWait.record(answer.queueTime());
      audioDone.increment(seconds);
    }
    count(utterances, Outcome.of(failure));
  }

  private void batchEnded(@Nullable BatchOutput output, @Nullable Throwable failure) {
    if (output != null) {
      backend(output.model().replica()).record(output.backendTime());
    }
    count(batches, Outcome.of(failure));
  }

  private Timer backend(String replica) {
    Timer known = backend.get(replica);
    return known != null
        ? known
        : backend.computeIfAbsent(
            replica,
            name ->
                Histograms.seconds("mt2kd.backend", "The backend's call for a batch")
                    .tag("replica", name)
                    .register(registry));
  }

  private static void count(Map<Outcome, Counter> counters, Outcome outcome) {
    Counter counter = counters.getOrDefault(outcome, counters.get(Outcome.FAILED));
    if (counter != null) {
      counter.increment();
    }
  }

  private Counter seconds(String name, String description) {
    return Counter.builder(name).description(description).baseUnit("seconds").register(registry);
  }

  private Counter outcomes(String name, String description, Outcome outcome) {
    return Counter.builder(name)
        .description(description)
        .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  private static double seconds(long samples) {
    return (double) samples / Waveform.SAMPLE_RATE_HERTZ;
  }
}
