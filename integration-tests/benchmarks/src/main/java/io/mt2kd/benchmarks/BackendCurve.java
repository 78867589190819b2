package io.mt2kd.benchmarks;

import inference.ModelInferRequest;
import io.mt2kd.benchmarks.load.DirectCaller;
import io.mt2kd.benchmarks.report.MarkdownTable;
import io.mt2kd.benchmarks.workload.Utterance;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.it.harness.ModelRepository;
import io.mt2kd.it.harness.Waveforms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * How long the backend is busy with a batch, as a function of its size and the padded length:
 * {@code inFlight} batches of one kind are sent at once, and the time until the last of them is
 * answered, divided by their number, is the time of one. All kinds are measured in turns, in
 * another order each round; the median of the rounds counts.
 */
final class BackendCurve {
  private static final int[] SIZES = {1, 2, 4, 8};

  private final ModelManifest manifest;
  private final Map<Integer, NavigableMap<Integer, Double>> secondsBySize;

  private BackendCurve(
      ModelManifest manifest, Map<Integer, NavigableMap<Integer, Double>> secondsBySize) {
    this.manifest = manifest;
    this.secondsBySize = secondsBySize;
  }

  /** The manifest of the model under test. */
  static ModelManifest manifest() throws IOException {
    return ModelManifest.parse(ModelRepository.manifest().toString());
  }

  /** Batches of one kind and what was measured of them. */
  private record Kind(int size, int samples, ModelInferRequest request, List<Double> seconds) {}

  static BackendCurve measure(DirectCaller backend, int rounds, int inFlight, long seed)
      throws IOException {
    ModelManifest manifest = manifest();
    List<Kind> kinds = new ArrayList<>();
    for (int size : SIZES) {
      for (int samples : buckets(manifest)) {
        List<Utterance> batch =
            Collections.nCopies(size, Utterance.of(0, Waveforms.voiceLike(samples, seed)));
        kinds.add(new Kind(size, samples, DirectCaller.request(samples, batch), new ArrayList<>()));
      }
    }
    Random random = new Random(seed);
    for (int round = 0; round <= rounds; round++) {
      Collections.shuffle(kinds, random);
      for (Kind kind : kinds) {
        double seconds = run(backend, kind.request, inFlight);
        if (round > 0) { // The first is a warm-up.
          kind.seconds.add(seconds);
        }
      }
    }
    Map<Integer, NavigableMap<Integer, Double>> secondsBySize = new TreeMap<>();
    for (Kind kind : kinds) {
      secondsBySize
          .computeIfAbsent(kind.size, size -> new TreeMap<>())
          .put(kind.samples, median(kind.seconds));
    }
    return new BackendCurve(manifest, secondsBySize);
  }

  private static double run(DirectCaller backend, ModelInferRequest request, int inFlight) {
    CompletableFuture<?>[] calls = new CompletableFuture<?>[inFlight];
    long start = System.nanoTime();
    Arrays.setAll(calls, i -> backend.call(request));
    CompletableFuture.allOf(calls).join();
    return (System.nanoTime() - start) / 1e9 / inFlight;
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
    NavigableMap<Integer, Double> bySamples = secondsBySize.get(size);
    if (bySamples == null) {
      throw new IllegalArgumentException(
          "size: " + size + " (expected: one of " + secondsBySize.keySet() + ")");
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
    int full = SIZES[SIZES.length - 1];
    double alone = 0;
    double batched = 0;
    for (Utterance utterance : utterances) {
      int samples = utterance.samples().length;
      alone += seconds(1, samples);
      int bucket = Math.min(manifest.bucketSamples(samples), manifest.maximumSamples());
      batched += seconds(full, bucket) / full;
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
            "8 together / 8 alone: utterances/s");
    for (int samples : buckets(manifest)) {
      double one = seconds(1, samples);
      table.row(
          (double) samples / Utterance.RATE,
          one * 1e3,
          seconds(2, samples) * 1e3,
          seconds(4, samples) * 1e3,
          seconds(8, samples) * 1e3,
          8 * one / seconds(8, samples));
    }
    return table;
  }
}
