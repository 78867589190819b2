package io.mt2kd.benchmarks;

import inference.ModelInferRequest;
import io.mt2kd.benchmarks.load.DirectCaller;
import io.mt2kd.benchmarks.report.MarkdownTable;
import io.mt2kd.benchmarks.workload.Utterance;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.it.harness.ModelRepository;
import io.mt2kd.it.harness.Waveforms;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * How long the backend is busy with a batch, as a function of its size and the padded length: so
 * many batches of one kind as make at least eight utterances are sent, {@code inFlight} of them at
 * a time; the time until the last is answered, divided by their number, is the time of one. All
 * kinds are measured in turns, in another order each round; the median of the rounds counts. The
 * processor time, which other programs of the machine change less, is the mean.
 */
final class BackendCurve {
  private static final int LARGEST = 8;
  private static final int[] SIZES = {1, 2, 4, LARGEST};

  private final ModelManifest manifest;
  private final Map<Integer, NavigableMap<Integer, Double>> secondsBySize;
  private final Map<Integer, NavigableMap<Integer, Double>> processorSecondsBySize;

  private BackendCurve(
      ModelManifest manifest,
      Map<Integer, NavigableMap<Integer, Double>> secondsBySize,
      Map<Integer, NavigableMap<Integer, Double>> processorSecondsBySize) {
    this.manifest = manifest;
    this.secondsBySize = secondsBySize;
    this.processorSecondsBySize = processorSecondsBySize;
  }

  /** The manifest of the model under test. */
  static ModelManifest manifest() throws IOException {
    return ModelManifest.parse(ModelRepository.manifest().toString());
  }

  /** Batches of one kind and what was measured of them. */
  private record Kind(
      int size,
      int samples,
      ModelInferRequest request,
      List<Double> seconds,
      List<Double> processorSeconds) {}

  /**
   * Measures all kinds.
   *
   * @param processorTime that the backend has used so far
   * @param inFlight batches at once
   */
  static BackendCurve measure(
      DirectCaller backend, Supplier<Duration> processorTime, int rounds, int inFlight, long seed)
      throws IOException {
    ModelManifest manifest = manifest();
    List<Kind> kinds = new ArrayList<>();
    for (int size : SIZES) {
      for (int samples : buckets(manifest)) {
        List<Utterance> batch =
            Collections.nCopies(size, Utterance.of(0, Waveforms.voiceLike(samples, seed)));
        kinds.add(
            new Kind(
                size,
                samples,
                DirectCaller.request(samples, batch),
                new ArrayList<>(),
                new ArrayList<>()));
      }
    }
    Random random = new Random(seed);
    for (int round = 0; round <= rounds; round++) {
      Collections.shuffle(kinds, random);
      for (Kind kind : kinds) {
        int batches = Math.max(inFlight, LARGEST / kind.size);
        Duration before = processorTime.get();
        double seconds = run(backend, kind.request, batches, inFlight);
        if (round > 0) { // The first is a warm-up.
          kind.seconds.add(seconds / batches);
          double processor = processorTime.get().minus(before).toNanos() / 1e9;
          kind.processorSeconds.add(processor / batches);
        }
      }
    }
    Map<Integer, NavigableMap<Integer, Double>> secondsBySize = new TreeMap<>();
    Map<Integer, NavigableMap<Integer, Double>> processorSecondsBySize = new TreeMap<>();
    for (Kind kind : kinds) {
      secondsBySize
          .computeIfAbsent(kind.size, size -> new TreeMap<>())
          .put(kind.samples, median(kind.seconds));
      processorSecondsBySize
          .computeIfAbsent(kind.size, size -> new TreeMap<>())
          .put(kind.samples, mean(kind.processorSeconds));
    }
    return new BackendCurve(manifest, secondsBySize, processorSecondsBySize);
  }

  private static double run(
      DirectCaller backend, ModelInferRequest request, int batches, int inFlight) {
    AtomicInteger left = new AtomicInteger(batches);
    CompletableFuture<?>[] lanes = new CompletableFuture<?>[inFlight];
    long start = System.nanoTime();
    Arrays.setAll(lanes, i -> lane(backend, request, left));
    CompletableFuture.allOf(lanes).join();
    return (System.nanoTime() - start) / 1e9;
  }

  /** One batch after the other, as long as there are any. */
  private static CompletableFuture<?> lane(
      DirectCaller backend, ModelInferRequest request, AtomicInteger left) {
    return left.getAndDecrement() <= 0
        ? CompletableFuture.completedFuture(null)
        : backend.call(request).thenCompose(reply -> lane(backend, request, left));
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static List<Integer> buckets(ModelManifest manifest) {
    return manifest.bucketSeconds().stream()
        .map(seconds -> (int) Math.round(seconds * Utterance.RATE))
        .map(samples -> Math.min(samples, manifest.maximumSamples()))
        .distinct()
        .toList();
  }

  /** Seconds of a batch, between the buckets by a straight line. */
  double seconds(int size, int samples) {
    return at(secondsBySize, size, samples);
  }

  private double processorSeconds(int size, int samples) {
    return at(processorSecondsBySize, size, samples);
  }

  private static double at(
      Map<Integer, NavigableMap<Integer, Double>> bySize, int size, int samples) {
    NavigableMap<Integer, Double> bySamples = bySize.get(size);
    if (bySamples == null) {
      throw new IllegalArgumentException(
          "size: " + size + " (expected: one of " + bySize.keySet() + ")");
    }
    Map.Entry<Integer, Double> below = bySamples.floorEntry(samples);
    Map.Entry<Integer, Double> above = bySamples.ceilingEntry(samples);
    if (below == null || above == null) {
      // Shorter than the shortest bucket.
      return (below == null ? bySamples.firstEntry() : bySamples.lastEntry()).getValue();
    }
    if (below.getKey().equals(above.getKey())) {
      return below.getValue();
    }
    double share = (double) (samples - below.getKey()) / (above.getKey() - below.getKey());
    return below.getValue() + share * (above.getValue() - below.getValue());
  }

  /**
   * How many times as many utterances the backend could answer in full batches, padded to their
   * buckets, as one by one and unpadded: what no policy can exceed.
   */
  double allowedRatio(List<Utterance> utterances) {
    double alone = 0;
    double batched = 0;
    for (Utterance utterance : utterances) {
      int samples = utterance.samples().length;
      alone += seconds(1, samples);
      int bucket = Math.min(manifest.bucketSamples(samples), manifest.maximumSamples());
      batched += seconds(LARGEST, bucket) / LARGEST;
    }
    return alone / batched;
  }

  /** Times and gains of all kinds. */
  MarkdownTable table() {
    MarkdownTable table =
        new MarkdownTable(
            "bucket s",
            "N=1 ms",
            "N=2 ms",
            "N=4 ms",
            "N=8 ms",
            "8 together / 8 alone: utterances/s",
            "processor: 8 alone / 8 together");
    for (int samples : buckets(manifest)) {
      double one = seconds(1, samples);
      table.row(
          (double) samples / Utterance.RATE,
          one * 1e3,
          seconds(2, samples) * 1e3,
          seconds(4, samples) * 1e3,
          seconds(8, samples) * 1e3,
          LARGEST * one / seconds(LARGEST, samples),
          LARGEST * processorSeconds(1, samples) / processorSeconds(LARGEST, samples));
    }
    return table;
  }
}
