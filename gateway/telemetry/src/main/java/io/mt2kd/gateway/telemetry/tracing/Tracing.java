package io.mt2kd.gateway.telemetry.tracing;

import static java.util.Objects.requireNonNull;

import io.grpc.ServerInterceptor;
import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.batching.BatchListener;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/**
 * The spans of a call.
 *
 * <pre>
 * caller's span
 *   └ mt2kd.v1.AnalysisService/Analyze     the call                            SERVER
 *       ├ decode                           each recording                      INTERNAL
 *       └ utterance                        from queued until answered          INTERNAL
 *           └ batch                        the backend's call                  CLIENT
 *               └ Triton's own spans, by the traceparent that goes along
 * </pre>
 *
 * A batch has one parent, the first of its members that is sampled, and a link to each of them;
 * each of them has a link to the batch. What goes along to Triton is the batch's span.
 *
 * <p>Off, nothing of this is there: the gateway is built without it. Thread-safe.
 */
public final class Tracing implements AutoCloseable {
  private static final String EXPORTER = "OTEL_TRACES_EXPORTER";
  private static final String SCOPE = "io.mt2kd.gateway";

  private final OpenTelemetry openTelemetry;
  private final Tracer tracer;
  private final Runnable closing;

  /**
   * @param openTelemetry not closed with this
   */
  public Tracing(OpenTelemetry openTelemetry) {
    this(openTelemetry, () -> {});
  }

  private Tracing(OpenTelemetry openTelemetry, Runnable closing) {
    this.openTelemetry = openTelemetry;
    this.tracer = openTelemetry.getTracer(SCOPE);
    this.closing = closing;
  }

  /**
   * As the standard {@code OTEL_*} variables say, where {@code OTEL_TRACES_EXPORTER} names an
   * exporter; otherwise tracing is off.
   *
   * @param environment as of {@link System#getenv()}
   * @throws IllegalArgumentException when the variables cannot be used
   */
  public static Optional<Tracing> fromEnvironment(Map<String, String> environment) {
    String exporter = environment.getOrDefault(EXPORTER, "none");
    if (exporter.isBlank()
        || exporter.equals("none")
        || Boolean.parseBoolean(environment.get("OTEL_SDK_DISABLED"))) {
      return Optional.empty();
    }
    try {
      OpenTelemetrySdk sdk =
          AutoConfiguredOpenTelemetrySdk.builder()
              // The variables, where they say something, win over these.
              .addPropertiesSupplier(
                  () ->
                      Map.of(
                          "otel.service.name", "mt2kd-gateway",
                          "otel.metrics.exporter", "none",
                          "otel.logs.exporter", "none",
                          "otel.exporter.otlp.protocol", "http/protobuf"))
              // It ends with the gateway, after the last call.
              .disableShutdownHook()
              .build()
              .getOpenTelemetrySdk();
      return Optional.of(new Tracing(sdk, sdk::close));
    } catch (ConfigurationException e) {
      Throwable cause = e.getCause();
      throw new IllegalArgumentException(
          "OTEL_*: " + e.getMessage() + (cause == null ? "" : ": " + cause.getMessage()), e);
    }
  }

  /** For the gRPC server: the span of each call of our own services. */
  public ServerInterceptor calls() {
    return new TracingInterceptor(tracer, openTelemetry.getPropagators().getTextMapPropagator());
  }

  /**
   * The same listener, with spans of utterances and batches; they are what the submitting thread's
   * span leads to.
   */
  public BatchListener batches(BatchListener listener) {
    return new BatchSpans(tracer, listener);
  }

  /** The same decoder, with a span for each recording. */
  public AudioDecoder decoder(AudioDecoder decoder) {
    return new TracedAudioDecoder(tracer, decoder);
  }

  /** The same threads, for tasks that go on in the span that they are made in. */
  public ExecutorService workers(ExecutorService workers) {
    return requireNonNull(Context.taskWrapping(workers));
  }

  /** Sends what has not been sent. */
  @Override
  public void close() {
    closing.run();
  }
}
