package io.mt2kd.gateway.core.analysis;

import static io.mt2kd.gateway.core.analysis.FakeDecoder.recording;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.admission.AdmissionListener;
import io.mt2kd.gateway.core.admission.AdmissionSettings;
import io.mt2kd.gateway.core.assembly.Tag;
import io.mt2kd.gateway.core.assembly.TagChoice;
import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.BucketBatcher;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.model.Manifests;
import io.mt2kd.gateway.core.speaker.EnrollmentPolicy;
import io.mt2kd.gateway.core.speaker.IdentificationChoice;
import io.mt2kd.gateway.core.speaker.InMemorySpeakerStore;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import io.mt2kd.gateway.core.speaker.SpeakerId;
import io.mt2kd.gateway.core.speaker.TenantId;
import io.mt2kd.gateway.core.speaker.Voices;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AnalyzerTest {
  private static final TenantId TENANT = new TenantId("acme");

  private final FakeTicker ticker = new FakeTicker();
  private final FakeBackend backend = new FakeBackend();
  private final BucketBatcher batcher =
      new BucketBatcher(
          backend, new BatchingSettings(16, Duration.ZERO), (delay, task) -> {}, ticker);
  private final SpeakerDirectory speakers =
      new SpeakerDirectory(
          new InMemorySpeakerStore(),
          EnrollmentPolicy.DEFAULT,
          () -> Instant.EPOCH,
          UUID::randomUUID);
  private final Analyzer analyzer =
      new Analyzer(
          new UtterancePipeline(
              backend,
              new AdmissionControl(
                  AdmissionSettings.DEFAULT, batcher, ticker, () -> 0, AdmissionListener.NONE),
              new FakeDecoder(ticker),
              batcher,
              Runnable::run,
              Runnable::run),
          speakers);

  static Stream<Set<Head>> subsetsOfHeads() {
    return IntStream.range(1, 8)
        .mapToObj(
            bits -> {
              Set<Head> heads = EnumSet.noneOf(Head.class);
              for (Head head : Head.values()) {
                if ((bits >> head.ordinal() & 1) == 1) {
                  heads.add(head);
                }
              }
              return heads;
            });
  }

  @ParameterizedTest
  @MethodSource("subsetsOfHeads")
  void answersWhatWasAskedAndNothingElse(Set<Head> heads) {
    Analysis analysis = analyze(heads);

    assertThat(backend.batches).hasSize(1);
    assertThat(backend.batches.get(0).heads()).isEqualTo(heads);
    assertThat(analysis.receipt().heads()).isEqualTo(heads);
    assertThat(analysis.transcript() != null).isEqualTo(heads.contains(Head.ASR));
    assertThat(analysis.tags() != null).isEqualTo(heads.contains(Head.AT));
    assertThat(analysis.identification() != null).isEqualTo(heads.contains(Head.SV));
  }

  @Test
  void assemblesTheAnswers() {
    speakers.enroll(
        TENANT, new SpeakerId("alice"), "", List.of(Voices.sample(30)), Manifests.MANIFEST);

    Analysis analysis = analyze(EnumSet.allOf(Head.class));

    assertThat(requireNonNull(analysis.transcript()).text()).isEqualTo("yes");
    assertThat(analysis.tags()).extracting(Tag::label).containsExactly("dog", "rain");
    assertThat(requireNonNull(analysis.identification()).accepted())
        .contains(new SpeakerId("alice"));
    assertThat(analysis.receipt().audio()).isEqualTo(Duration.ofSeconds(1));
    assertThat(analysis.receipt().totalTime()).isEqualTo(Duration.ofMillis(2));
  }

  @Test
  void refusesToAskNothing() {
    assertThatThrownBy(() -> analyze(Set.of())).isInstanceOf(IllegalArgumentException.class);
  }

  private Analysis analyze(Set<Head> heads) {
    return analyzer
        .analyze(
            Call.starting("r1", TENANT, Duration.ofMinutes(1), ticker, new CompletableFuture<>()),
            new AnalysisRequest(
                recording(10, 30),
                heads,
                new TagChoice(5, 0.5, false),
                IdentificationChoice.DEFAULT))
        .join();
  }
}
