package io.mt2kd.gateway.telemetry.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.mt2kd.gateway.core.admission.AdmissionListener;
import io.mt2kd.gateway.core.admission.AdmissionLoad;
import io.mt2kd.gateway.core.admission.AdmissionRequest;
import io.mt2kd.gateway.core.admission.Ending;
import io.mt2kd.gateway.core.admission.Refusal;
import io.mt2kd.gateway.core.batching.Priority;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Who is let in, who is turned away and why, and how those that were let in ended. Classes, reasons
 * and endings are few, and all their series are there from the start; tenants are no label.
 */
final class AdmissionMetrics implements AdmissionListener {
  private final MeterRegistry registry;
  private final Map<Priority, Map<Refusal, Counter>> sheds;
  private final Map<Priority, Map<Ending, Counter>> endings;

  AdmissionMetrics(MeterRegistry registry) {
    this.registry = registry;
    sheds =
        counters(
            Refusal.class,
            reason ->
                Counter.builder("mt2kd.sheds")
                    .description("Calls refused for want of room or time")
                    .tag("reason", label(reason)));
    endings =
        counters(
            Ending.class,
            ending ->
                Counter.builder("mt2kd.admitted.calls")
                    .description("Calls that were let in and have ended")
                    .tag("ending", label(ending)));
  }

  @Override
  public void refused(AdmissionRequest request, Duration audio, Refusal reason) {
    increment(sheds, request.priority(), reason);
  }

  @Override
  public void ended(AdmissionRequest request, Duration audio, Ending ending, Duration held) {
    increment(endings, request.priority(), ending);
  }

  void watch(Supplier<AdmissionLoad> load) {
    audio("mt2kd.admission.limit.audio", load, AdmissionLoad::limit)
        .description("Audio that may be admitted and not answered, padding included")
        .register(registry);
    for (Priority priority : Priority.values()) {
      audio("mt2kd.admission.in.use.audio", load, now -> inUse(now, priority))
          .description("Audio admitted and not answered, padding included")
          .tag("priority", label(priority))
          .register(registry);
    }
    gauge("mt2kd.admission.tenants", load, AdmissionLoad::tenants)
        .description("Tenants with something in use")
        .register(registry);
  }

  private static Duration inUse(AdmissionLoad load, Priority priority) {
    return switch (priority) {
      case INTERACTIVE -> load.interactive();
      case BATCH -> load.batch();
    };
  }

  private static Gauge.Builder<?> audio(
      String name, Supplier<AdmissionLoad> load, Function<AdmissionLoad, Duration> audio) {
    return gauge(name, load, now -> audio.apply(now).toNanos() / 1e9).baseUnit("seconds");
  }

  private static Gauge.Builder<?> gauge(
      String name, Supplier<AdmissionLoad> load, ToDoubleFunction<AdmissionLoad> value) {
    return Gauge.builder(name, () -> value.applyAsDouble(load.get()));
  }

  private <K extends Enum<K>> Map<Priority, Map<K, Counter>> counters(
      Class<K> kinds, Function<K, Counter.Builder> counter) {
    Map<Priority, Map<K, Counter>> all = new EnumMap<>(Priority.class);
    for (Priority priority : Priority.values()) {
      Map<K, Counter> each = new EnumMap<>(kinds);
      for (K kind : kinds.getEnumConstants()) {
        each.put(kind, counter.apply(kind).tag("priority", label(priority)).register(registry));
      }
      all.put(priority, each);
    }
    return all;
  }

  private static <K extends Enum<K>> void increment(
      Map<Priority, Map<K, Counter>> counters, Priority priority, K kind) {
    Counter counter = counters.getOrDefault(priority, Map.of()).get(kind);
    if (counter != null) {
      counter.increment();
    }
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
