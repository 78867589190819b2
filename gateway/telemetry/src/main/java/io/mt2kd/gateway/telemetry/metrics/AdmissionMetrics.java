package io.mt2kd.gateway.telemetry.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Names and labels of what admission does: {@code mt2kd_admission_limit_audio_seconds}, {@code
 * mt2kd_admission_in_use_audio_seconds{priority}}, {@code mt2kd_admission_calls_total{priority}}
 * and {@code mt2kd_sheds_total{priority,reason}}. Priorities and reasons are few; tenants are no
 * label.
 */
public final class AdmissionMetrics {
  private final MeterRegistry registry;
  private final Map<String, Counter> admitted = new ConcurrentHashMap<>();
  private final Map<String, Counter> shed = new ConcurrentHashMap<>();

  AdmissionMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /**
   * @param limit of all audio admitted and not answered, padding included
   */
  public void watchLimit(Supplier<Duration> limit) {
    Gauge.builder("mt2kd.admission.limit.audio", () -> limit.get().toNanos() / 1e9)
        .description("Audio that may be admitted and not answered, padding included")
        .baseUnit("seconds")
        .register(registry);
  }

  /**
   * @param priority of the class, in small letters
   * @param inUse by it, of the limit
   */
  public void watchInUse(String priority, Supplier<Duration> inUse) {
    Gauge.builder("mt2kd.admission.in.use.audio", () -> inUse.get().toNanos() / 1e9)
        .description("Audio admitted and not answered, padding included")
        .baseUnit("seconds")
        .tag("priority", priority)
        .register(registry);
  }

  /** A call was let in. */
  public void admitted(String priority) {
    Counter known = admitted.get(priority);
    if (known == null) {
      known =
          admitted.computeIfAbsent(
              priority,
              each ->
                  Counter.builder("mt2kd.admission.calls")
                      .description("Calls let in")
                      .tag("priority", each)
                      .register(registry));
    }
    known.increment();
  }

  /** A call was refused. */
  public void shed(String priority, String reason) {
    shed.computeIfAbsent(
            priority + ' ' + reason,
            key ->
                Counter.builder("mt2kd.sheds")
                    .description("Calls refused for want of room or time")
                    .tag("priority", priority)
                    .tag("reason", reason)
                    .register(registry))
        .increment();
  }
}
