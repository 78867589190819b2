package io.mt2kd.gateway.telemetry.tracing;

import io.mt2kd.gateway.core.logging.LogContext;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.function.Supplier;

/**
 * A call's span, and the context that what belongs to the call runs in.
 *
 * @param context with the span
 */
record TracedCall(Context context, Span span) {
  /** Spans that the task makes are below this one, and its log lines name the trace. */
  <T> T call(Supplier<T> task) {
    try (Scope current = context.makeCurrent();
        LogContext named = LogContext.ofTrace("", span.getSpanContext().getTraceId())) {
      return task.get();
    }
  }

  void run(Runnable task) {
    try (Scope current = context.makeCurrent();
        LogContext named = LogContext.ofTrace("", span.getSpanContext().getTraceId())) {
      task.run();
    }
  }
}
