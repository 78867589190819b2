package io.mt2kd.gateway.core.batching;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class BucketBatcherTest {
  private static final int MINUTE = 60_000;

  private final FakeTime time = new FakeTime();
  private final HeldBackend backend = new HeldBackend();
  private final BucketBatcher batcher = batcher(1);

  @Test
  void sendsWhatHasWaitedTogetherInOneBatch() {
    submit(1, 1_000);
    CompletableFuture<BatchedUtterance> second = submit(2, 1_200);
    time.advanceMillis(3);
    CompletableFuture<BatchedUtterance> third = submit(3, 1_400);
    time.advanceMillis(2);

    backend.finish(0);
    assertThat(sent()).containsExactly(List.of(1), List.of(2, 3));
    assertThat(backend.batches.get(1).paddedSamples()).isEqualTo(24_000);
    assertThat(backend.batches.get(1).id()).isEqualTo("r2+1");
    backend.finish(1);

    assertThat(second.join().batchSize()).isEqualTo(2);
    assertThat(second.join().bucketSamples()).isEqualTo(24_000);
    assertThat(second.join().paddedSamples()).isEqualTo(24_000);
    assertThat(second.join().queueTime()).isEqualTo(Duration.ofMillis(5));
    assertThat(second.join().backendTime()).isEqualTo(Duration.ofMillis(7));
    assertThat(second.join().model()).isEqualTo(HeldBackend.MODEL);
    assertThat(third.join().queueTime()).isEqualTo(Duration.ofMillis(2));
    assertThat(heard(second)).isEqualTo(2);
    assertThat(heard(third)).isEqualTo(3);
  }

  @Test
  void padsToTheLongestOfTheBatchAndNotToTheBucket() {
    submit(1, 1_000);
    CompletableFuture<BatchedUtterance> second = submit(2, 1_050);
    submit(3, 1_200);

    backend.finish(0);
    assertThat(sent()).containsExactly(List.of(1), List.of(2, 3));
    assertThat(backend.batches.get(1).paddedSamples()).isEqualTo(20_000);
    backend.finish(1);

    assertThat(second.join().bucketSamples()).isEqualTo(24_000);
    assertThat(second.join().paddedSamples()).isEqualTo(20_000);
  }

  @Test
  void keepsTheCallersIdWhereItIsAlone() {
    submit(1, 1_000);

    assertThat(backend.batches.get(0).id()).isEqualTo("r1");
  }

  @Test
  void givesEachCallerTheHeadsThatItAskedForAndNoOther() {
    submit(1, 1_000);
    CompletableFuture<BatchedUtterance> speech = submit(2, 1_000, Set.of(Head.ASR), MINUTE);
    CompletableFuture<BatchedUtterance> rest = submit(3, 1_000, Set.of(Head.AT, Head.SV), MINUTE);
    backend.finish(0);
    backend.finish(1);

    assertThat(backend.batches.get(1).heads()).isEqualTo(EnumSet.allOf(Head.class));
    assertThat(speech.join().output().asr()).isNotNull();
    assertThat(speech.join().output().tagLogits()).isNull();
    assertThat(speech.join().output().voiceprint()).isNull();
    assertThat(rest.join().output().asr()).isNull();
    assertThat(rest.join().output().tagLogits()).isNotNull();
    assertThat(rest.join().output().voiceprint()).isNotNull();
  }

  @Test
  void onlyWhoeverMakesABatchFailSeesTheError() {
    submit(1, 1_000);
    List<CompletableFuture<BatchedUtterance>> replies = new ArrayList<>();
    for (int id = 2; id <= 5; id++) {
      replies.add(submit(id, 1_000));
    }
    backend.answer =
        batch ->
            ids(batch).contains(4)
                ? CompletableFuture.failedFuture(new InternalException("bad"))
                : CompletableFuture.completedFuture(HeldBackend.hear(batch));
    backend.finish(0);

    assertThat(sent())
        .containsExactly(
            List.of(1), List.of(2, 3, 4, 5), List.of(2), List.of(3), List.of(4), List.of(5));
    assertThat(replies.get(2)).isCompletedExceptionally();
    assertThatThrownBy(replies.get(2)::join).hasRootCauseMessage("bad");
    for (int good : List.of(0, 1, 3)) {
      assertThat(heard(replies.get(good))).isEqualTo(good + 2);
      assertThat(replies.get(good).join().batchSize()).isEqualTo(1);
    }
    assertThat(batcher.load().batchesInFlight()).isZero();
  }

  @Test
  void aBackendThatIsNotThereIsNobodysFaultAndNobodyRunsAgain() {
    submit(1, 1_000);
    CompletableFuture<BatchedUtterance> second = submit(2, 1_000);
    CompletableFuture<BatchedUtterance> third = submit(3, 1_000);
    backend.finish(0);
    backend.fail(1, new CompletionException(new UnavailableException("gone")));

    assertThat(backend.batches).hasSize(2);
    assertThatThrownBy(second::join).hasCauseInstanceOf(UnavailableException.class);
    assertThatThrownBy(third::join).hasCauseInstanceOf(UnavailableException.class);
  }

  @Test
  void aBackendThatIsFullIsNobodysFaultAndNobodyRunsAgain() {
    submit(1, 1_000);
    CompletableFuture<BatchedUtterance> second = submit(2, 1_000);
    CompletableFuture<BatchedUtterance> third = submit(3, 1_000);
    backend.finish(0);
    backend.fail(1, new OverloadedException("full", Duration.ofSeconds(1)));

    assertThat(backend.batches).hasSize(2);
    assertThatThrownBy(second::join).hasCauseInstanceOf(OverloadedException.class);
    assertThatThrownBy(third::join).hasCauseInstanceOf(OverloadedException.class);
    assertThat(batcher.load().batchesInFlight()).isZero();
  }

  @Test
  void tellsTheBackendForHowLongTheLastOfABatchWaits() {
    submit(1, 1_000);
    submit(2, 1_000, Set.of(Head.ASR), 5_000);
    submit(3, 1_000, Set.of(Head.ASR), 9_000);
    time.advanceMillis(1_000);
    backend.finish(0);

    assertThat(sent()).containsExactly(List.of(1), List.of(2, 3));
    assertThat(backend.batches.get(0).timeLimit()).isEqualTo(Duration.ofMillis(MINUTE));
    assertThat(backend.batches.get(1).timeLimit()).isEqualTo(Duration.ofMillis(8_000));
  }

  @Test
  void aBackendThatThrowsFreesItsSlot() {
    backend.answer =
        batch -> {
          throw new IllegalStateException("broken");
        };
    assertThatThrownBy(submit(1, 1_000)::join).hasRootCauseMessage("broken");

    backend.answer = batch -> CompletableFuture.completedFuture(HeldBackend.hear(batch));
    assertThat(heard(submit(2, 1_000))).isEqualTo(2);
  }

  @Test
  void fewerAnswersThanUtterancesAreAFailure() {
    backend.answer =
        batch ->
            CompletableFuture.completedFuture(
                new BatchOutput(List.of(), HeldBackend.MODEL, Duration.ZERO));

    assertThatThrownBy(submit(1, 1_000)::join)
        .hasCauseInstanceOf(InternalException.class)
        .hasRootCauseMessage("0 answers to a batch of 1");
  }

  @Test
  void whoeverGivesUpWhileWaitingIsNotSent() {
    submit(1, 1_000);
    CompletableFuture<BatchedUtterance> second = submit(2, 1_000);
    submit(3, 1_000);

    second.cancel(false);
    assertThat(batcher.load().utterancesWaiting()).isEqualTo(1);
    backend.finish(0);

    assertThat(sent()).containsExactly(List.of(1), List.of(3));
  }

  @Test
  void whoeverGivesUpLaterDoesNotStopTheBackend() {
    CompletableFuture<BatchedUtterance> first = submit(1, 1_000);

    first.cancel(false);

    assertThat(backend.replies.get(0)).isNotDone();
    assertThat(batcher.load().batchesInFlight()).isEqualTo(1);
    backend.finish(0);
    assertThat(batcher.load().batchesInFlight()).isZero();
  }

  @Test
  void stopsABackendThatCanBeStoppedWhenNobodyWaitsForTheBatch() {
    backend.stopsWhenCancelled = true;
    submit(1, 1_000);
    CompletableFuture<BatchedUtterance> second = submit(2, 1_000);
    CompletableFuture<BatchedUtterance> third = submit(3, 1_000);
    backend.finish(0);
    assertThat(sent()).containsExactly(List.of(1), List.of(2, 3));

    second.cancel(false);
    assertThat(backend.replies.get(1)).isNotDone();
    third.cancel(false);

    assertThat(backend.replies.get(1)).isCancelled();
    assertThat(batcher.load().batchesInFlight()).isZero();
    // Nobody's failure: it does not run again, member by member.
    assertThat(backend.batches).hasSize(2);
  }

  @Test
  void answersWhoeverStillWaitsInABatchThatAnotherHasLeft() {
    backend.stopsWhenCancelled = true;
    submit(1, 1_000);
    CompletableFuture<BatchedUtterance> second = submit(2, 1_000);
    CompletableFuture<BatchedUtterance> third = submit(3, 1_000);
    backend.finish(0);

    second.cancel(false);
    backend.finish(1);

    assertThat(third).isCompleted();
    assertThat(batcher.load().batchesInFlight()).isZero();
  }

  @Test
  void refusesAtTheLastMomentAtWhichAnAnswerCouldHaveComeInTime() {
    submit(1, 1_000);
    CompletableFuture<BatchedUtterance> second = submit(2, 1_000, Set.of(Head.ASR), 500);

    time.advanceMillis(400);
    assertThat(second).isNotDone();
    time.advanceMillis(100);

    assertThatThrownBy(second::join).hasCauseInstanceOf(DeadlineExceededException.class);
    backend.finish(0);
    assertThat(backend.batches).hasSize(1);
  }

  @Test
  void hasTheNextBatchAtHandWhenTheBackendIsExpectedToFinish() {
    BucketBatcher pipelined = batcher(2);
    submit(pipelined, 1, 2_000, Set.of(Head.ASR), MINUTE);
    submit(pipelined, 2, 2_000, Set.of(Head.ASR), MINUTE);
    submit(pipelined, 3, 2_000, Set.of(Head.ASR), MINUTE);
    assertThat(sent()).containsExactly(List.of(1));

    // 30 ms are believed before any batch has run.
    time.advanceMillis(30);

    assertThat(sent()).containsExactly(List.of(1), List.of(2, 3));
  }

  @Test
  void alarmsDoNotMultiply() {
    submit(1, 1_000);
    for (int id = 2; id < 200; id++) {
      submit(id, 1_000, Set.of(Head.ASR), MINUTE - id);
    }
    time.advanceMillis(MINUTE);

    assertThat(time.alarmsSet()).isLessThanOrEqualTo(2 * 198);
    assertThat(batcher.load().utterancesWaiting()).isZero();
  }

  @Test
  void aBackendThatAnswersAtOnceDoesNotDeepenTheStack() {
    List<CompletableFuture<BatchedUtterance>> replies = new ArrayList<>();
    for (int id = 1; id <= 20_000; id++) {
      replies.add(submit(id % 1_000, 100));
    }
    backend.answer = batch -> CompletableFuture.completedFuture(HeldBackend.hear(batch));

    backend.finish(0);

    assertThat(replies).allMatch(CompletableFuture::isDone);
    assertThat(sent()).hasSize(1 + 2_500);
  }

  @Test
  void sendsToAsManyReplicasAsThereAre() {
    backend.replicas = List.of("fake:1", "fake:2", "fake:3");
    for (int id = 1; id <= 5; id++) {
      submit(id, 1_000);
    }

    assertThat(sent()).containsExactly(List.of(1), List.of(2), List.of(3));
  }

  @Test
  void knowsWhereItsBatchesReallyAre() {
    backend.replicas = List.of("fake:1", "fake:2");
    submit(1, 1_000);
    backend.placements.get(0).goesTo("fake:2");
    submit(2, 1_000);
    submit(3, 1_000);

    assertThat(sent()).containsExactly(List.of(1), List.of(2));
    assertThat(backend.placements.get(1).full()).containsExactly("fake:2");

    // A replica that is lost gives its batch to the other, and may not look free for it.
    backend.placements.get(0).goesTo("fake:1");
    assertThat(sent()).containsExactly(List.of(1), List.of(2));
    backend.finish(1);
    assertThat(sent()).containsExactly(List.of(1), List.of(2), List.of(3));
  }

  @Test
  void countsAudioWithItsPadding() {
    submit(1, 1_000);
    submit(2, 1_100);
    submit(3, 3_500);

    assertThat(batcher.load())
        .isEqualTo(
            new BatcherLoad(
                2, Duration.ofMillis(5_500), 1, Duration.ofMillis(1_000), Map.of("fake:1", 1)));
  }

  @Test
  void closingEndsWhatWaitsAndLetsGoOnWhatHasLeft() {
    CompletableFuture<BatchedUtterance> first = submit(1, 1_000);
    CompletableFuture<BatchedUtterance> second = submit(2, 1_000);

    batcher.close();

    assertThatThrownBy(second::join).hasCauseInstanceOf(UnavailableException.class);
    assertThatThrownBy(submit(3, 1_000)::join).hasCauseInstanceOf(UnavailableException.class);
    backend.finish(0);
    assertThat(heard(first)).isEqualTo(1);
    assertThat(backend.batches).hasSize(1);
  }

  private BucketBatcher batcher(int batchesInFlight) {
    return new BucketBatcher(
        backend, new BatchingSettings(batchesInFlight, Duration.ofMillis(100)), time, time);
  }

  private CompletableFuture<BatchedUtterance> submit(int id, int millis) {
    return submit(id, millis, Set.of(Head.ASR), MINUTE);
  }

  private CompletableFuture<BatchedUtterance> submit(
      int id, int millis, Set<Head> heads, long budgetMillis) {
    return submit(batcher, id, millis, heads, budgetMillis);
  }

  private CompletableFuture<BatchedUtterance> submit(
      BucketBatcher to, int id, int millis, Set<Head> heads, long budgetMillis) {
    short[] samples = new short[millis * 16];
    samples[0] = (short) id;
    return to.submit(
        "r" + id,
        HeldBackend.MODEL,
        Waveform.of(samples),
        heads,
        Priority.INTERACTIVE,
        time.in(budgetMillis));
  }

  private List<List<Integer>> sent() {
    return backend.batches.stream().map(BucketBatcherTest::ids).toList();
  }

  private static List<Integer> ids(UtteranceBatch batch) {
    return batch.waveforms().stream().map(waveform -> (int) waveform.samples().get(0)).toList();
  }

  private static int heard(CompletableFuture<BatchedUtterance> reply) {
    assertThat(reply).isDone();
    return requireNonNull(reply.join().output().asr()).tokens()[0];
  }
}
