package io.mt2kd.gateway.telemetry.metrics;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls by method and status, as gRPC's transport sees them: from the first header to the last
 * byte, those that are cancelled or never reach a service included, each with exactly one ending. A
 * method that the server does not have counts as {@value #UNKNOWN}: its name is the caller's to
 * choose.
 */
final class CallMetrics extends ServerStreamTracer.Factory {
  static final String UNKNOWN = "unknown";

  private final MeterRegistry registry;
  private final Map<String, MethodMeters> methods = new ConcurrentHashMap<>();
  private final AtomicInteger inFlight = new AtomicInteger();

  CallMetrics(MeterRegistry registry) {
    this.registry = registry;
    Gauge.builder("mt2kd.calls.in.flight", inFlight, AtomicInteger::get)
        .description("Calls that have begun and not ended")
        .register(registry);
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    inFlight.incrementAndGet();
    return new CallTracer();
  }

  private MethodMeters meters(String method) {
    MethodMeters known = methods.get(method);
    return known != null ? known : methods.computeIfAbsent(method, MethodMeters::new);
  }

  /** One call. */
  private final class CallTracer extends ServerStreamTracer {
    private final long startNanos = System.nanoTime();
    private volatile String method = UNKNOWN;
    private final AtomicLong requestBytes = new AtomicLong();
    private final AtomicLong responseBytes = new AtomicLong();

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
      method = call.getMethodDescriptor().getFullMethodName();
    }

    @Override
    public void inboundUncompressedSize(long bytes) {
      requestBytes.addAndGet(bytes);
    }

    @Override
    public void outboundUncompressedSize(long bytes) {
      responseBytes.addAndGet(bytes);
    }

    @Override
    public void streamClosed(Status status) {
      inFlight.decrementAndGet();
      MethodMeters meters = meters(method);
      meters.time(status.getCode()).record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
      meters.requestBytes.record(requestBytes.doubleValue());
      meters.responseBytes.record(responseBytes.doubleValue());
    }
  }

  /** Looked up once: a lookup by tags for each call would cost more than the recording. */
  private final class MethodMeters {
    private final String method;
    private final Map<Status.Code, Timer> times = new ConcurrentHashMap<>();
    private final DistributionSummary requestBytes;
    private final DistributionSummary responseBytes;

    MethodMeters(String method) {
      this.method = method;
      this.requestBytes =
          Histograms.bytes("mt2kd.request.size", "Messages of a call's request, uncompressed")
              .tag("method", method)
              .register(registry);
      this.responseBytes =
          Histograms.bytes("mt2kd.response.size", "Messages of a call's reply, uncompressed")
              .tag("method", method)
              .register(registry);
    }

    Timer time(Status.Code code) {
      Timer known = times.get(code);
      return known != null
          ? known
          : times.computeIfAbsent(
              code,
              each ->
                  Histograms.seconds("mt2kd.calls", "Calls, from the first header to the last byte")
                      .tag("method", method)
                      .tag("status", each.name())
                      .register(registry));
    }
  }
}
