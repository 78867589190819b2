package io.mt2kd.gateway.core.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchedUtterance;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import io.mt2kd.gateway.core.speaker.TenantId;
import io.mt2kd.gateway.core.speaker.Voices;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ReceiptTest {
  private final FakeTicker ticker = new FakeTicker();
  private final CompletableFuture<Void> abandoned = new CompletableFuture<>();
  private final Call call =
      Call.starting("r1", TenantId.DEFAULT, Duration.ofMinutes(1), ticker, abandoned);

  @Test
  void addsUpWhatTheRecordingsCost() {
    ticker.advanceMillis(123);

    Receipt receipt =
        Receipt.of(
            call,
            Set.of(Head.SV),
            List.of(
                heard(16_000, 16_000, 16_000, 1, 3, 5, 40),
                heard(17_600, 24_000, 20_000, 4, 2, 9, 30)));

    assertThat(receipt)
        .isEqualTo(
            new Receipt(
                "r1",
                "sha256:aa",
                "fake:1",
                Set.of(Head.SV),
                Duration.ofMillis(2100),
                Duration.ofMillis(1500),
                Duration.ofMillis(150),
                4,
                Duration.ofMillis(5),
                Duration.ofMillis(9),
                Duration.ofMillis(40),
                Duration.ofMillis(123),
                Duration.ofMillis(78),
                Set.of()));
  }

  @Test
  void aHeadThatOneOfTheRecordingsHasNoAnswerOfWasOmitted() {
    Receipt receipt =
        Receipt.of(
            call,
            Set.of(Head.AT, Head.SV),
            List.of(
                heard(16_000, 16_000, 16_000, 1, 3, 5, 40),
                heard(16_000, 16_000, 16_000, 1, 3, 5, 40)));

    assertThat(receipt.heads()).containsExactly(Head.SV);
    assertThat(receipt.omittedHeads()).containsExactly(Head.AT);
  }

  @Test
  void measuresAcrossTheWrapOfTheTicker() {
    // The fake starts a millisecond before Long.MAX_VALUE, as System.nanoTime may.
    ticker.advanceMillis(2);

    assertThat(ticker.getAsLong()).isNegative();
    assertThat(call.elapsed()).isEqualTo(Duration.ofMillis(2));
  }

  @Test
  void hasADeadlineByTheSameTicker() {
    assertThat(call.deadlineNanos() - call.startNanos()).isEqualTo(60_000_000_000L);
  }

  @Test
  void abandonedCallStops() {
    call.requireAwaited();

    abandoned.complete(null);

    assertThatThrownBy(call::requireAwaited).isInstanceOf(DeadlineExceededException.class);
  }

  private static HeardUtterance heard(
      int samples,
      int bucket,
      int padded,
      int batchSize,
      int decodeMillis,
      int queueMillis,
      int backendMillis) {
    return new HeardUtterance(
        Waveform.of(new short[samples]),
        Duration.ofMillis(decodeMillis),
        new BatchedUtterance(
            new UtteranceOutput(null, null, Voices.at(0)),
            FakeBackend.MODEL,
            batchSize,
            bucket,
            padded,
            Duration.ofMillis(queueMillis),
            Duration.ofMillis(backendMillis)));
  }
}
