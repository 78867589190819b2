package io.mt2kd.gateway.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.admission.AdmissionRequest;
import io.mt2kd.gateway.core.admission.AdmissionSettings;
import io.mt2kd.gateway.core.admission.Permit;
import io.mt2kd.gateway.core.batching.BatchForecast.Forecast;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdmissionMetricsTest {
  private final GatewayMetrics metrics = new GatewayMetrics(false);
  private final AdmissionControl admission =
      new AdmissionControl(
          new AdmissionSettings(Duration.ofSeconds(30), 0.5, Map.of()),
          (model, priority, bucketSamples, deadlineNanos, timeShare, samplesAhead) ->
              new Forecast(Duration.ofSeconds(-1), 1),
          () -> 0,
          () -> 0,
          metrics.admission());

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void countsWhoIsTurnedAwayAndHowTheOthersEnd() {
    admit(Priority.INTERACTIVE, 20).completed();
    Permit kept = admit(Priority.INTERACTIVE, 20);

    assertThatThrownBy(() -> admit(Priority.BATCH, 1)).isInstanceOf(OverloadedException.class);

    assertThat(value("mt2kd_sheds_total{priority=\"batch\",reason=\"audio_limit\"}")).isEqualTo(1);
    assertThat(value("mt2kd_sheds_total{priority=\"interactive\",reason=\"deadline\"}")).isZero();
    assertThat(value("mt2kd_admitted_calls_total{ending=\"completed\",priority=\"interactive\"}"))
        .isEqualTo(1);
    kept.ignored();
    assertThat(value("mt2kd_admitted_calls_total{ending=\"ignored\",priority=\"interactive\"}"))
        .isEqualTo(1);
  }

  @Test
  void tellsWhatIsInUse() {
    metrics.watchAdmission(admission::load);
    admit(Priority.INTERACTIVE, 2);
    admit(Priority.BATCH, 1);

    assertThat(value("mt2kd_admission_limit_audio_seconds")).isEqualTo(30);
    assertThat(value("mt2kd_admission_in_use_audio_seconds{priority=\"interactive\"}"))
        .isEqualTo(2);
    assertThat(value("mt2kd_admission_in_use_audio_seconds{priority=\"batch\"}")).isEqualTo(1);
    assertThat(value("mt2kd_admission_tenants")).isEqualTo(1);
  }

  private double value(String sample) {
    return Scrape.value(metrics, sample);
  }

  private Permit admit(Priority priority, int seconds) {
    return admission.admit(
        new AdmissionRequest(
            new TenantId("acme"),
            priority,
            Models.MODEL,
            List.of(seconds * 16_000),
            1_000_000_000L));
  }
}
