package io.mt2kd.gateway.telemetry.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.mt2kd.gateway.core.analysis.Call;
import io.mt2kd.gateway.core.analysis.Receipt;
import io.mt2kd.gateway.core.analysis.ReceiptListener;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The figures of the receipts, by tenant where that was asked for. A caller names its tenant as it
 * likes, so that only the first {@value #MOST_TENANTS} have series of their own; the others count
 * as {@value #OTHERS}.
 */
final class ReceiptMetrics implements ReceiptListener {
  static final int MOST_TENANTS = 200;

  // No name of a tenant has parentheses.
  static final String OTHERS = "(others)";

  private final MeterRegistry registry;
  private final boolean byTenant;
  private final Timer overhead;
  private final Map<String, TenantMeters> tenants = new ConcurrentHashMap<>();

  ReceiptMetrics(MeterRegistry registry, boolean byTenant) {
    this.registry = registry;
    this.byTenant = byTenant;
    this.overhead =
        Histograms.overhead(
                "mt2kd.gateway.overhead", "Of a call's time, all but the queue and the backend")
            .register(registry);
  }

  @Override
  public void issued(Call call, Receipt receipt) {
    overhead.record(receipt.gatewayTime());
    if (byTenant) {
      TenantMeters meters = meters(call.tenant().value());
      meters.answered.increment();
      meters.audio.increment(receipt.audio().toNanos() / 1e9);
    }
  }

  private TenantMeters meters(String tenant) {
    TenantMeters known = tenants.get(tenant);
    if (known != null) {
      return known;
    }
    // Concurrent newcomers may overshoot the bound by as many.
    String label = tenants.size() < MOST_TENANTS ? tenant : OTHERS;
    return tenants.computeIfAbsent(label, TenantMeters::new);
  }

  private final class TenantMeters {
    private final Counter answered;
    private final Counter audio;

    TenantMeters(String tenant) {
      answered =
          Counter.builder("mt2kd.tenant.calls")
              .description("Calls of the tenant that the model answered")
              .tag("tenant", tenant)
              .register(registry);
      audio =
          Counter.builder("mt2kd.tenant.audio")
              .description("Audio of the tenant's calls that the model answered")
              .baseUnit("seconds")
              .tag("tenant", tenant)
              .register(registry);
    }
  }
}
