package io.mt2kd.gateway.triton.internal.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.gateway.triton.fixture.Manifests;
import java.nio.ShortBuffer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  private static final ModelManifest THREE_BUCKETS =
      ModelManifest.parse(
          Manifests.JSON
              .replace("\"minimum_samples\": 1,", "\"minimum_samples\": 9000,")
              .replace("\"maximum_samples\": 16000,", "\"maximum_samples\": 40000,")
              .replace("[1]", "[0.5, 1, 2, 3]"));

  @Test
  void runsEachHeadAloneAndAllOfThemInEachBucketThatIsUsed() {
    List<UtteranceBatch> batches = WarmUp.batches(THREE_BUCKETS);

    assertThat(batches.subList(0, 3))
        .extracting(UtteranceBatch::heads)
        .containsExactly(Set.of(Head.ASR), Set.of(Head.AT), Set.of(Head.SV));
    assertThat(batches.subList(0, 3)).extracting(UtteranceBatch::paddedSamples).containsOnly(16000);
    assertThat(batches.subList(3, batches.size()))
        .allSatisfy(batch -> assertThat(batch.heads()).containsExactlyInAnyOrder(Head.values()))
        .extracting(UtteranceBatch::paddedSamples)
        .containsExactly(16000, 32000, 48000);
  }

  @Test
  void staysWithinTheModelsLimits() {
    assertThat(WarmUp.batches(THREE_BUCKETS))
        .flatExtracting(UtteranceBatch::waveforms)
        .allSatisfy(waveform -> assertThat(waveform.sampleCount()).isBetween(9000, 40000));
  }

  @Test
  void probesAllHeadsWithTheShortestUtterance() {
    UtteranceBatch probe = WarmUp.probe(THREE_BUCKETS);

    assertThat(probe.heads()).containsExactlyInAnyOrder(Head.values());
    assertThat(probe.waveforms().get(0).sampleCount()).isEqualTo(9000);
    assertThat(probe.paddedSamples()).isEqualTo(16000);
  }

  @Test
  void soundIsNoSilence() {
    ShortBuffer samples = WarmUp.probe(THREE_BUCKETS).waveforms().get(0).samples();

    int loud = 0;
    for (int i = 0; i < samples.limit(); i++) {
      loud += Math.abs(samples.get(i)) > 50 ? 1 : 0;
    }
    assertThat(loud).isGreaterThan(samples.limit() / 2);
  }
}
