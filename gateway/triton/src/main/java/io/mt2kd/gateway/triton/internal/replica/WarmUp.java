package io.mt2kd.gateway.triton.internal.replica;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Utterances that any replica of a model can answer: what fails on them does not work.
 *
 * <p>Warm-up, before a replica takes calls: each head alone in the shortest bucket, then all heads
 * in each bucket, from the shortest to the longest. Probe, while it takes calls: all heads on the
 * shortest utterance. The sound is faint noise, the same every time.
 */
final class WarmUp {
  private static final int AMPLITUDE = 512;

  private WarmUp() {}

  /** One batch after the other. */
  static List<UtteranceBatch> batches(ModelManifest manifest) {
    List<UtteranceBatch> batches = new ArrayList<>();
    int shortest = manifest.bucketSamples(manifest.minimumSamples());
    for (Head head : Head.values()) {
      batches.add(batch("warm-up", manifest.minimumSamples(), shortest, Set.of(head)));
    }
    for (int bucket : buckets(manifest)) {
      int samples = Math.min(bucket, manifest.maximumSamples());
      batches.add(batch("warm-up", samples, bucket, EnumSet.allOf(Head.class)));
    }
    return batches;
  }

  /** The cheapest batch that needs every part of the model. */
  static UtteranceBatch probe(ModelManifest manifest) {
    int samples = manifest.minimumSamples();
    return batch("probe", samples, manifest.bucketSamples(samples), EnumSet.allOf(Head.class));
  }

  // Buckets below the shortest utterance are never used.
  private static Set<Integer> buckets(ModelManifest manifest) {
    Set<Integer> buckets = new TreeSet<>();
    for (double seconds : manifest.bucketSeconds()) {
      int samples = (int) Math.round(seconds * Waveform.SAMPLE_RATE_HERTZ);
      if (samples >= manifest.minimumSamples()) {
        buckets.add(manifest.bucketSamples(Math.min(samples, manifest.maximumSamples())));
      }
    }
    return buckets;
  }

  private static UtteranceBatch batch(String id, int samples, int bucket, Set<Head> heads) {
    return new UtteranceBatch(id, List.of(noise(samples)), bucket, heads);
  }

  private static Waveform noise(int count) {
    short[] samples = new short[count];
    int state = 1;
    for (int i = 0; i < count; i++) {
      // A linear congruential generator: silence would have no voice to normalise.
      state = state * 1_664_525 + 1_013_904_223;
      samples[i] = (short) ((state >> 16) % AMPLITUDE);
    }
    return Waveform.of(samples);
  }
}
