package io.mt2kd.gateway.telemetry.tracing;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import org.jspecify.annotations.Nullable;

/**
 * The span of each call of {@code mt2kd} services, under that of its caller where the call's
 * metadata name one. It is current while the call's events are handled, and ends once: with the
 * status that the service gave or with the caller's cancel.
 */
final class TracingInterceptor implements ServerInterceptor {
  private static final String OURS = "mt2kd.";
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("rpc.system");
  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("rpc.service");
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("rpc.method");
  private static final AttributeKey<Long> STATUS = AttributeKey.longKey("rpc.grpc.status_code");

  private final Tracer tracer;
  private final TextMapPropagator propagator;

  TracingInterceptor(Tracer tracer, TextMapPropagator propagator) {
    this.tracer = tracer;
    this.propagator = propagator;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    MethodDescriptor<Q, A> method = call.getMethodDescriptor();
    String service = method.getServiceName();
    if (service == null || !service.startsWith(OURS)) {
      // Health checks and the like.
      return next.startCall(call, headers);
    }
    Context caller = propagator.extract(Context.root(), headers, MetadataGetter.INSTANCE);
    Span span =
        tracer
            .spanBuilder(method.getFullMethodName())
            .setSpanKind(SpanKind.SERVER)
            .setParent(caller)
            .setAttribute(SYSTEM, "grpc")
            .setAttribute(SERVICE, service)
            .setAttribute(METHOD, String.valueOf(method.getBareMethodName()))
            .startSpan();
    TracedCall traced = new TracedCall(caller.with(span), span);
    SimpleForwardingServerCall<Q, A> watched =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            setStatus(span, status);
            super.close(status, trailers);
          }
        };
    try {
      return new TracedListener<>(traced.call(() -> next.startCall(watched, headers)), traced);
    } catch (RuntimeException e) {
      span.end();
      throw e;
    }
  }

  static void setStatus(Span span, Status status) {
    span.setAttribute(STATUS, (long) status.getCode().value());
    switch (status.getCode()) {
      case UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS ->
          span.setStatus(StatusCode.ERROR, status.getCode().name());
      default -> {
        // The caller's own doing.
      }
    }
  }

  private enum MetadataGetter implements TextMapGetter<Metadata> {
    INSTANCE;

    @Override
    public Iterable<String> keys(Metadata carrier) {
      return carrier.keys();
    }

    @Override
    public @Nullable String get(@Nullable Metadata carrier, String key) {
      return carrier == null
          ? null
          : carrier.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER));
    }
  }
}
