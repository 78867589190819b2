package io.mt2kd.gateway.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchListener.SubmittedUtterance;
import io.mt2kd.gateway.core.batching.BatchedUtterance;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BatchMetricsTest {
  private static final ServedModel MODEL = Models.MODEL;

  private final GatewayMetrics metrics = new GatewayMetrics(false);

  @Test
  void measuresABatchAndItsMembers() {
    SubmittedUtterance first = metrics.batches().submitted("a", 16_000, 32_000);
    SubmittedUtterance second = metrics.batches().submitted("b", 24_000, 32_000);
    metrics
        .batches()
        .sent(batch(16_000, 24_000), List.of(first, second))
        .ended(new BatchOutput(List.of(nothing(), nothing()), MODEL, Duration.ofMillis(250)), null);
    first.ended(answer(20), null);
    second.ended(answer(10), null);

    assertThat(value("mt2kd_audio_in_seconds_total")).isEqualTo(2.5);
    assertThat(value("mt2kd_audio_done_seconds_total")).isEqualTo(2.5);
    assertThat(value("mt2kd_batch_audio_seconds_total")).isEqualTo(2.5);
    assertThat(value("mt2kd_batch_padding_seconds_total")).isEqualTo(1.5);
    assertThat(value("mt2kd_batch_size_utterances_count")).isEqualTo(1);
    assertThat(value("mt2kd_batch_size_utterances_sum")).isEqualTo(2);
    assertThat(value("mt2kd_batch_padding_ratio_sum")).isEqualTo(0.375);
    assertThat(value("mt2kd_queue_wait_seconds_count")).isEqualTo(2);
    assertThat(value("mt2kd_queue_wait_seconds_sum")).isCloseTo(0.03, within(1e-9));
    assertThat(value("mt2kd_backend_seconds_sum{replica=\"gpu-1:8001\"}")).isEqualTo(0.25);
    assertThat(value("mt2kd_batches_total{outcome=\"answered\"}")).isEqualTo(1);
    assertThat(value("mt2kd_utterances_total{outcome=\"answered\"}")).isEqualTo(2);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void countsAnUtteranceWithoutAnswerByTheReason(Throwable failure, String outcome) {
    metrics.batches().submitted("a", 16_000, 32_000).ended(null, failure);

    assertThat(value("mt2kd_utterances_total{outcome=\"" + outcome + "\"}")).isEqualTo(1);
    assertThat(value("mt2kd_audio_in_seconds_total")).isEqualTo(1);
    assertThat(value("mt2kd_audio_done_seconds_total")).isZero();
    assertThat(value("mt2kd_queue_wait_seconds_count")).isZero();
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new UnavailableException("gone"), "unavailable"),
        Arguments.of(new OverloadedException("full", Duration.ofSeconds(1)), "overloaded"),
        Arguments.of(new DeadlineExceededException("late"), "late"),
        Arguments.of(new CancellationException(), "withdrawn"),
        Arguments.of(new InternalException("bad"), "failed"),
        Arguments.of(new IllegalStateException(), "failed"));
  }

  @Test
  void countsAFailedBatchWithoutATimeOfTheBackend() {
    metrics.batches().sent(batch(16_000), List.of()).ended(null, new InternalException("bad"));

    assertThat(value("mt2kd_batches_total{outcome=\"failed\"}")).isEqualTo(1);
    assertThat(Scrape.of(metrics, "mt2kd_backend_seconds")).isEmpty();
  }

  @Test
  void everyOutcomeHasASeriesBeforeItHappens() {
    assertThat(Scrape.of(metrics, "mt2kd_utterances_total")).hasSize(6);
    assertThat(Scrape.of(metrics, "mt2kd_batches_total")).hasSize(4);
  }

  private double value(String sample) {
    return Scrape.value(metrics, sample);
  }

  private static UtteranceBatch batch(int... samples) {
    return new UtteranceBatch(
        "a",
        Stream.of(samples)
            .flatMapToInt(java.util.Arrays::stream)
            .mapToObj(count -> Waveform.of(new short[count]))
            .toList(),
        32_000,
        Set.of(Head.AT));
  }

  private static BatchedUtterance answer(int queueMillis) {
    return new BatchedUtterance(
        nothing(),
        MODEL,
        2,
        32_000,
        32_000,
        Duration.ofMillis(queueMillis),
        Duration.ofMillis(250));
  }

  private static UtteranceOutput nothing() {
    return new UtteranceOutput(null, null, null);
  }
}
