package io.mt2kd.gateway.telemetry.metrics;

import io.grpc.ServerStreamTracer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.mt2kd.gateway.core.admission.AdmissionListener;
import io.mt2kd.gateway.core.admission.AdmissionLoad;
import io.mt2kd.gateway.core.analysis.ReceiptListener;
import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.batching.BatchListener;
import io.mt2kd.gateway.core.batching.BatcherLoad;
import io.mt2kd.gateway.triton.FailOverStatus;
import io.mt2kd.gateway.triton.ReplicaStatus;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * All that one gateway measures, in a registry of its own. What counts events is handed out as the
 * ports of those that bring them; what has a value at each moment is read when it is scraped.
 * Thread-safe.
 */
public final class GatewayMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics garbageCollection = new JvmGcMetrics();
  private final ServerStreamTracer.Factory calls;
  private final BatchListener batches;
  private final ReceiptListener receipts;
  private final AdmissionMetrics admission;

  /**
   * @param byTenant whether answered calls and their audio are counted by tenant
   */
  public GatewayMetrics(boolean byTenant) {
    calls = new CallMetrics(registry);
    batches = new BatchMetrics(registry);
    receipts = new ReceiptMetrics(registry, byTenant);
    admission = new AdmissionMetrics(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    garbageCollection.bindTo(registry);
  }

  /** For the gRPC server. */
  public ServerStreamTracer.Factory calls() {
    return calls;
  }

  /** For the batcher. */
  public BatchListener batches() {
    return batches;
  }

  /** For whoever issues receipts. */
  public ReceiptListener receipts() {
    return receipts;
  }

  /** For admission. */
  public AdmissionListener admission() {
    return admission;
  }

  /** The same decoder, measured. Once for a gateway. */
  public AudioDecoder decoder(AudioDecoder decoder) {
    return new MeteredAudioDecoder(registry, decoder);
  }

  /** Reads what waits and what is under way. */
  public void watchBatcher(Supplier<BatcherLoad> load) {
    gauge("mt2kd.utterances.waiting", null, load, BatcherLoad::utterancesWaiting)
        .description("Utterances in the queue")
        .register(registry);
    gauge("mt2kd.waiting.audio", "seconds", load, now -> now.audioWaiting().toNanos() / 1e9)
        .description("Audio in the queue, padding included")
        .register(registry);
    gauge("mt2kd.batches.in.flight", null, load, BatcherLoad::batchesInFlight)
        .description("Batches that the backend has not answered")
        .register(registry);
    gauge("mt2kd.in.flight.audio", "seconds", load, now -> now.audioInFlight().toNanos() / 1e9)
        .description("Audio in those batches, padding included")
        .register(registry);
    registry
        .getPrometheusRegistry()
        .register(new InFlightLimitMetric(() -> load.get().batchesInFlightLimits()));
  }

  /** Reads how much is admitted. */
  public void watchAdmission(Supplier<AdmissionLoad> load) {
    admission.watch(load);
  }

  /** Reads how the replicas do, and what was sent on from one to another. */
  public void watchReplicas(
      Supplier<List<ReplicaStatus>> statuses, Supplier<FailOverStatus> failOver) {
    registry.getPrometheusRegistry().register(new ReplicaMetrics(statuses, failOver));
  }

  /** Reads the memory of the transport, which the JVM does not count among its own. */
  public void watchNettyMemory(LongSupplier usedBytes) {
    Gauge.builder("mt2kd.netty.direct.memory", usedBytes::getAsLong)
        .description("Direct memory that gRPC's transport has taken")
        .baseUnit("bytes")
        .register(registry);
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }

  @Override
  public void close() {
    garbageCollection.close();
    registry.close();
  }

  private static <T> Gauge.Builder<?> gauge(
      String name, @Nullable String unit, Supplier<T> source, ToDoubleFunction<T> value) {
    return Gauge.builder(name, () -> value.applyAsDouble(source.get())).baseUnit(unit);
  }
}
