package io.mt2kd.gateway.server;

import io.grpc.ServerBuilder;
import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.admission.AdmissionListener;
import io.mt2kd.gateway.core.analysis.ReceiptListener;
import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.batching.BatchListener;
import io.mt2kd.gateway.core.batching.BucketBatcher;
import io.mt2kd.gateway.server.configuration.InvalidConfigurationException;
import io.mt2kd.gateway.server.configuration.MetricsConfiguration;
import io.mt2kd.gateway.telemetry.metrics.GatewayMetrics;
import io.mt2kd.gateway.telemetry.metrics.MetricsEndpoint;
import io.mt2kd.gateway.telemetry.tracing.Tracing;
import io.mt2kd.gateway.triton.TritonBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches whoever watches, each where it is on, to the parts of a gateway. Where both are off, the
 * parts are what they are without.
 */
final class Telemetry {
  private static final Logger log = LoggerFactory.getLogger(Telemetry.class);

  private final Optional<GatewayMetrics> metrics;
  private final Optional<Tracing> tracing;
  private final int metricsPort;

  private Telemetry(Optional<GatewayMetrics> metrics, Optional<Tracing> tracing, int metricsPort) {
    this.metrics = metrics;
    this.tracing = tracing;
    this.metricsPort = metricsPort;
  }

  /**
   * Starts telling.
   *
   * @param opened closed after all that is watched: what happens while the gateway stops is told
   *     too
   * @throws IOException when the address of the metrics cannot be bound
   */
  static Telemetry open(
      MetricsConfiguration configuration, Optional<Tracing> tracing, Opened opened)
      throws IOException {
    if (!configuration.enabled()) {
      return new Telemetry(Optional.empty(), tracing, -1);
    }
    GatewayMetrics metrics = new GatewayMetrics(configuration.tenantLabel());
    opened.add(metrics::close);
    metrics.watchNettyMemory(PlatformDependent::usedDirectMemory);
    MetricsEndpoint endpoint =
        MetricsEndpoint.start(
            metrics, new InetSocketAddress(configuration.host(), configuration.port()));
    opened.add(endpoint::close);
    log.info("metrics on port {}", endpoint.port());
    return new Telemetry(Optional.of(metrics), tracing, endpoint.port());
  }

  /** As the environment says. */
  static Optional<Tracing> tracing(Opened opened) {
    try {
      Optional<Tracing> tracing = Tracing.fromEnvironment(System.getenv());
      tracing.ifPresent(on -> opened.add(on::close));
      return tracing;
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigurationException(String.valueOf(e.getMessage()));
    }
  }

  /** Of the metrics; -1 where they are off. */
  int metricsPort() {
    return metricsPort;
  }

  void watch(ServerBuilder<?> server) {
    metrics.ifPresent(on -> server.addStreamTracerFactory(on.calls()));
    tracing.ifPresent(on -> server.intercept(on.calls()));
  }

  void watch(TritonBackend backend) {
    metrics.ifPresent(on -> on.watchReplicas(backend::statuses, backend::failOver));
  }

  void watch(BucketBatcher batcher) {
    metrics.ifPresent(on -> on.watchBatcher(batcher::load));
  }

  void watch(AdmissionControl admission) {
    metrics.ifPresent(on -> on.watchAdmission(admission::load));
  }

  AdmissionListener admission() {
    return metrics.map(GatewayMetrics::admission).orElse(AdmissionListener.NONE);
  }

  ExecutorService watched(ExecutorService workers) {
    return tracing.map(on -> on.workers(workers)).orElse(workers);
  }

  AudioDecoder watched(AudioDecoder decoder) {
    AudioDecoder measured = metrics.map(on -> on.decoder(decoder)).orElse(decoder);
    return tracing.map(on -> on.decoder(measured)).orElse(measured);
  }

  BatchListener batches() {
    BatchListener measured = metrics.map(GatewayMetrics::batches).orElse(BatchListener.NONE);
    return tracing.map(on -> on.batches(measured)).orElse(measured);
  }

  ReceiptListener receipts() {
    return metrics.map(GatewayMetrics::receipts).orElse(ReceiptListener.NONE);
  }
}
