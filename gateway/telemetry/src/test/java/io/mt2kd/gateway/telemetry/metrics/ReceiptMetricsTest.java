package io.mt2kd.gateway.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.analysis.Call;
import io.mt2kd.gateway.core.analysis.Receipt;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ReceiptMetricsTest {
  @Test
  void measuresWhatTheGatewayAdds() {
    GatewayMetrics metrics = new GatewayMetrics(false);
    issue(metrics, "acme");

    assertThat(Scrape.value(metrics, "mt2kd_gateway_overhead_seconds_sum")).isEqualTo(0.004);
    assertThat(metrics.registry().scrape()).contains("mt2kd_gateway_overhead_seconds_bucket");
  }

  @Test
  void namesNoTenantUnlessAskedTo() {
    GatewayMetrics metrics = new GatewayMetrics(false);
    issue(metrics, "acme");

    assertThat(metrics.registry().scrape()).doesNotContain("acme").doesNotContain("tenant=");
  }

  @Test
  void countsTheTenantsCallsAndAudioWhereAskedTo() {
    GatewayMetrics metrics = new GatewayMetrics(true);
    issue(metrics, "acme");
    issue(metrics, "acme");

    assertThat(Scrape.value(metrics, "mt2kd_tenant_calls_total{tenant=\"acme\"}")).isEqualTo(2);
    assertThat(Scrape.value(metrics, "mt2kd_tenant_audio_seconds_total{tenant=\"acme\"}"))
        .isEqualTo(3);
  }

  @Test
  void aCallerThatInventsTenantsCannotMakeSeriesWithoutEnd() {
    GatewayMetrics metrics = new GatewayMetrics(true);
    for (int i = 0; i < ReceiptMetrics.MOST_TENANTS + 50; i++) {
      issue(metrics, "tenant-" + i);
    }
    issue(metrics, "tenant-0");

    assertThat(Scrape.of(metrics, "mt2kd_tenant_calls_total"))
        .hasSize(ReceiptMetrics.MOST_TENANTS + 1);
    assertThat(Scrape.value(metrics, "mt2kd_tenant_calls_total{tenant=\"(others)\"}"))
        .isEqualTo(50);
    assertThat(Scrape.value(metrics, "mt2kd_tenant_calls_total{tenant=\"tenant-0\"}")).isEqualTo(2);
  }

  private static void issue(GatewayMetrics metrics, String tenant) {
    Call call =
        Call.starting(
            "r1",
            new TenantId(tenant),
            Duration.ofMinutes(1),
            System::nanoTime,
            new CompletableFuture<>());
    Duration milli = Duration.ofMillis(1);
    metrics
        .receipts()
        .issued(
            call,
            new Receipt(
                "r1",
                "sha256:aa",
                "fake:1",
                Set.of(Head.AT),
                Duration.ofMillis(1_500),
                Duration.ofSeconds(2),
                Duration.ofMillis(500),
                1,
                milli,
                milli,
                milli,
                milli.multipliedBy(6),
                milli.multipliedBy(4),
                Set.of()));
  }
}
