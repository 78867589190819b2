package io.mt2kd.gateway.core.analysis;

import static io.mt2kd.gateway.core.analysis.FakeDecoder.broken;
import static io.mt2kd.gateway.core.analysis.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.admission.AdmissionListener;
import io.mt2kd.gateway.core.admission.AdmissionSettings;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.BucketBatcher;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.speaker.TenantId;
import io.mt2kd.gateway.core.speaker.Voices;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class UtterancePipelineTest {
  private final FakeTicker ticker = new FakeTicker();
  private final FakeBackend backend = new FakeBackend();
  private final BucketBatcher batcher =
      new BucketBatcher(
          backend, new BatchingSettings(16, Duration.ZERO), (delay, task) -> {}, ticker);
  private final FakeDecoder decoder = new FakeDecoder(ticker);
  private final ManualExecutor workers = new ManualExecutor();
  private final AdmissionControl admission =
      new AdmissionControl(
          AdmissionSettings.DEFAULT, batcher, ticker, () -> 0, AdmissionListener.NONE);
  private final UtterancePipeline pipeline =
      new UtterancePipeline(backend, admission, decoder, batcher, workers, workers);
  private final CompletableFuture<Void> abandoned = new CompletableFuture<>();
  private final Call call =
      Call.starting("r1", TenantId.DEFAULT, Duration.ofMinutes(1), ticker, abandoned);

  @Test
  void padsARecordingAndAsksForItsHeads() {
    HeardUtterance heard = after(pipeline.hear(call, recording(12, 0), Set.of(Head.ASR, Head.SV)));

    assertThat(backend.batches).hasSize(1);
    assertThat(backend.batches.get(0).id()).isEqualTo("r1");
    assertThat(backend.batches.get(0).paddedSamples()).isEqualTo(20_000);
    assertThat(backend.batches.get(0).heads()).containsExactlyInAnyOrder(Head.ASR, Head.SV);
    assertThat(heard.waveform().sampleCount()).isEqualTo(19_200);
    assertThat(heard.decodeTime()).isEqualTo(Duration.ofMillis(2));
    assertThat(heard.model()).isEqualTo(FakeBackend.MODEL);
    assertThat(heard.output().tagLogits()).isNull();
  }

  @Test
  void badSecondRecordingCostsTheBackendNothing() {
    assertThatThrownBy(() -> after(pipeline.hearVoice(call, List.of(recording(10, 0), broken()))))
        .hasRootCauseInstanceOf(InvalidArgumentException.class)
        .hasRootCauseMessage("recordings[1].content: 1 bytes (expected: 4 bytes)");
    assertThat(backend.batches).isEmpty();
  }

  @Test
  void namesTheFieldOfALoneRecording() {
    assertThatThrownBy(() -> after(pipeline.hear(call, recording(301, 0), Set.of(Head.AT))))
        .hasRootCauseMessage("audio.content: 30.1000 s of audio (expected: 0.1 to 30 s of audio)");
  }

  @Test
  void refusesTooFewAndTooManyRecordings() {
    List<EncodedAudio> seventeen = Collections.nCopies(17, recording(10, 0));

    assertThatThrownBy(() -> after(pipeline.hearVoice(call, List.of())))
        .hasMessageContaining("recordings: 0 recordings (expected: 1 to 16)");
    assertThatThrownBy(() -> after(pipeline.hearVoice(call, seventeen)))
        .hasMessageContaining("recordings: 17 recordings (expected: 1 to 16)");
    assertThat(decoder.decoded).isEmpty();
  }

  @Test
  void aReplyThatComesAloneGoesOnWhereItComes() {
    List<CompletableFuture<BatchOutput>> pending = hold();
    CompletableFuture<HeardUtterance> heard =
        pipeline.hear(call, recording(10, 0), Set.of(Head.ASR));
    workers.runAll();

    pending.get(0).complete(FakeBackend.hear(backend.batches.get(0)));

    assertThat(heard).isCompleted();
  }

  @Test
  void repliesThatComeTogetherWaitForEachOtherNowhere() {
    BucketBatcher one =
        new BucketBatcher(
            backend, new BatchingSettings(1, Duration.ZERO), (delay, task) -> {}, ticker);
    UtterancePipeline narrow =
        new UtterancePipeline(backend, admission, decoder, one, workers, workers);
    List<CompletableFuture<BatchOutput>> pending = hold();
    List<CompletableFuture<HeardUtterance>> heard =
        Stream.generate(() -> narrow.hear(call, recording(10, 0), Set.of(Head.ASR)))
            .limit(3)
            .toList();
    workers.runAll();
    pending.get(0).complete(FakeBackend.hear(backend.batches.get(0)));

    pending.get(1).complete(FakeBackend.hear(backend.batches.get(1)));

    assertThat(heard.get(1)).isNotDone();
    assertThat(heard.get(2)).isNotDone();
    workers.runAll();
    assertThat(heard).allSatisfy(each -> assertThat(each).isCompleted());
  }

  @Test
  void keepsTheOrderWhateverTheOrderOfTheReplies() {
    List<CompletableFuture<BatchOutput>> pending = hold();
    CompletableFuture<List<HeardUtterance>> heard =
        pipeline.hearVoice(call, List.of(recording(10, 3), recording(20, 2), recording(30, 1)));
    workers.runAll();

    for (int i = pending.size() - 1; i >= 0; i--) {
      assertThat(heard).isNotDone();
      pending.get(i).complete(FakeBackend.hear(backend.batches.get(i)));
    }
    workers.runAll();

    assertThat(heard.join())
        .extracting(utterance -> utterance.waveform().sampleCount())
        .containsExactly(16_000, 32_000, 48_000);
    assertThat(heard.join())
        .extracting(utterance -> utterance.output().voiceprint())
        .containsExactly(Voices.at(3), Voices.at(2), Voices.at(1));
  }

  @Test
  void decodesAShortRecordingThatIsAloneWithoutAWorker() {
    List<CompletableFuture<BatchOutput>> pending = hold();

    pipeline.hear(call, recording(50, 0), Set.of(Head.ASR));

    assertThat(pending).hasSize(1);
  }

  @Test
  void leavesARecordingThatIsNotAloneToTheWorkers() {
    hold();
    pipeline.hear(call, recording(10, 0), Set.of(Head.ASR));

    pipeline.hear(call, recording(10, 0), Set.of(Head.ASR));

    assertThat(decoder.decoded).hasSize(1);
    workers.runAll();
    assertThat(decoder.decoded).hasSize(2);
  }

  @Test
  void whatMayBlockHoldsUpNoDecoding() {
    ManualExecutor stuck = new ManualExecutor();
    UtterancePipeline two =
        new UtterancePipeline(backend, admission, decoder, batcher, workers, stuck);
    List<String> happened = new ArrayList<>();
    two.hearVoice(call, List.of(recording(10, 0)), () -> happened.add("before"));
    CompletableFuture<HeardUtterance> other = two.hear(call, recording(10, 0), Set.of(Head.ASR));

    workers.runAll();

    assertThat(happened).isEmpty();
    assertThat(other).isCompleted();
    assertThat(decoder.decoded).hasSize(1);
    stuck.runAll();
    assertThat(happened).containsExactly("before");
    assertThat(decoder.decoded).hasSize(2);
  }

  @Test
  void abandonedCallIsNotDecoded() {
    CompletableFuture<HeardUtterance> heard =
        pipeline.hear(call, recording(60, 0), Set.of(Head.ASR));
    abandoned.complete(null);

    assertThatThrownBy(() -> after(heard)).hasRootCauseInstanceOf(DeadlineExceededException.class);
    assertThat(decoder.decoded).isEmpty();
  }

  @Test
  void callAbandonedWhileDecodingCostsTheBackendNothing() {
    decoder.afterwards = () -> abandoned.complete(null);

    assertThatThrownBy(
            () -> after(pipeline.hearVoice(call, List.of(recording(10, 0), recording(10, 0)))))
        .hasRootCauseInstanceOf(DeadlineExceededException.class);
    assertThat(decoder.decoded).hasSize(1);
    assertThat(backend.batches).isEmpty();
  }

  @Test
  void callAbandonedWhileItWaitsForTheBackendCostsItNothing() {
    backend.answer = batch -> new CompletableFuture<>();
    UtterancePipeline narrow =
        new UtterancePipeline(
            backend,
            admission,
            decoder,
            new BucketBatcher(
                backend, new BatchingSettings(1, Duration.ZERO), (delay, task) -> {}, ticker),
            workers,
            workers);
    CompletableFuture<HeardUtterance> first =
        narrow.hear(
            Call.starting(
                "r0", TenantId.DEFAULT, Duration.ofMinutes(1), ticker, new CompletableFuture<>()),
            recording(10, 0),
            Set.of(Head.ASR));
    CompletableFuture<HeardUtterance> second =
        narrow.hear(call, recording(10, 0), Set.of(Head.ASR));
    workers.runAll();
    assertThat(second).isNotDone();

    abandoned.complete(null);

    assertThatThrownBy(second::join).hasRootCauseInstanceOf(DeadlineExceededException.class);
    assertThat(first).isNotDone();
    assertThat(backend.batches).hasSize(1);
  }

  @Test
  void endsWithTheBackendsFailure() {
    backend.answer = batch -> CompletableFuture.failedFuture(new UnavailableException("gone"));

    assertThatThrownBy(() -> after(pipeline.hear(call, recording(10, 0), Set.of(Head.ASR))))
        .hasRootCauseInstanceOf(UnavailableException.class);
  }

  @Test
  void refusesBeforeAnyWorkerHasToDoWithIt() {
    AdmissionControl full =
        new AdmissionControl(
            new AdmissionSettings(Duration.ofSeconds(1), 0.5, Map.of()),
            batcher,
            ticker,
            () -> 0,
            AdmissionListener.NONE);
    UtterancePipeline narrow =
        new UtterancePipeline(backend, full, decoder, batcher, workers, workers);
    CompletableFuture<HeardUtterance> first = narrow.hear(call, recording(60, 0), Set.of(Head.ASR));

    CompletableFuture<HeardUtterance> second =
        narrow.hear(call, recording(60, 0), Set.of(Head.ASR));

    assertThat(second).isCompletedExceptionally();
    assertThatThrownBy(second::join).hasCauseInstanceOf(OverloadedException.class);
    assertThat(after(first).waveform().sampleCount()).isEqualTo(96_000);
    assertThat(decoder.decoded).hasSize(1);
    assertThat(full.load().calls()).isZero();
  }

  @Test
  void aCallerThatGoesGivesItsPlaceBackAtOnce() {
    pipeline.hear(call, recording(60, 0), Set.of(Head.ASR));
    assertThat(admission.load().calls()).isEqualTo(1);

    abandoned.complete(null);

    assertThat(admission.load().calls()).isZero();
  }

  @Test
  void threadsThatTakeNothingAnyMoreLeaveNoPlaceBehind() {
    Executor closed =
        task -> {
          throw new RejectedExecutionException("closed");
        };
    UtterancePipeline closing =
        new UtterancePipeline(backend, admission, decoder, batcher, closed, closed);

    assertThatThrownBy(() -> closing.hear(call, recording(60, 0), Set.of(Head.ASR)).join())
        .hasRootCauseInstanceOf(RejectedExecutionException.class);
    assertThat(admission.load().calls()).isZero();
    assertThatThrownBy(() -> closing.hearVoice(call, List.of(recording(60, 0)), () -> {}))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(admission.load().calls()).isZero();
  }

  /** What the backend will answer, batch by batch. */
  private List<CompletableFuture<BatchOutput>> hold() {
    List<CompletableFuture<BatchOutput>> pending = new ArrayList<>();
    backend.answer =
        batch -> {
          pending.add(new CompletableFuture<>());
          return pending.get(pending.size() - 1);
        };
    return pending;
  }

  private <T> T after(CompletableFuture<T> future) {
    workers.runAll();
    assertThat(future).isDone();
    return future.join();
  }
}
