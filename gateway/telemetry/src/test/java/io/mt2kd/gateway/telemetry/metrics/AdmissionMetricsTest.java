package io.mt2kd.gateway.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class AdmissionMetricsTest {
  private final GatewayMetrics metrics = new GatewayMetrics(false);

  @Test
  void readsLimitAndUseWhenTheyAreScraped() {
    AtomicReference<Duration> inUse = new AtomicReference<>(Duration.ZERO);
    metrics.admission().watchLimit(() -> Duration.ofMinutes(2));
    metrics.admission().watchInUse("interactive", inUse::get);
    metrics.admission().watchInUse("batch", () -> Duration.ofSeconds(7));

    inUse.set(Duration.ofMillis(1_500));

    assertThat(Scrape.value(metrics, "mt2kd_admission_limit_audio_seconds")).isEqualTo(120);
    assertThat(inUse("interactive")).isEqualTo(1.5);
    assertThat(inUse("batch")).isEqualTo(7);
  }

  @Test
  void countsWhatIsLetInByPriorityAndWhatIsShedByItsReasonToo() {
    metrics.admission().admitted("interactive");
    metrics.admission().admitted("interactive");
    metrics.admission().shed("batch", "deadline");

    assertThat(Scrape.value(metrics, "mt2kd_admission_calls_total{priority=\"interactive\"}"))
        .isEqualTo(2);
    assertThat(Scrape.value(metrics, "mt2kd_sheds_total{priority=\"batch\",reason=\"deadline\"}"))
        .isEqualTo(1);
  }

  private double inUse(String priority) {
    return Scrape.value(
        metrics, "mt2kd_admission_in_use_audio_seconds{priority=\"" + priority + "\"}");
  }
}
