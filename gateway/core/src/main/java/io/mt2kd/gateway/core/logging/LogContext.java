package io.mt2kd.gateway.core.logging;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Names the call in every log line that the current thread writes until this is closed: {@value
 * #REQUEST_ID}, and {@value #TRACE_ID} where the call is traced. What the thread named before comes
 * back afterwards.
 */
public final class LogContext implements AutoCloseable {
  /** The request's id; of a batch that of its first member, and how many more there are. */
  public static final String REQUEST_ID = "request_id";

  /** Of the trace, 32 hexadecimal digits. */
  public static final String TRACE_ID = "trace_id";

  // version "-" trace-id "-" parent-id "-" flags
  private static final int TRACE_ID_START = 3;
  private static final int TRACE_ID_END = 35;

  private final @Nullable String requestIdBefore;
  private final @Nullable String traceIdBefore;

  private LogContext(String requestId, String traceId) {
    requestIdBefore = MDC.get(REQUEST_ID);
    traceIdBefore = MDC.get(TRACE_ID);
    put(REQUEST_ID, requestId);
    put(TRACE_ID, traceId);
  }

  /**
   * @param traceParent W3C {@code traceparent}; empty for none
   */
  public static LogContext of(String requestId, String traceParent) {
    return ofTrace(
        requestId,
        traceParent.length() < TRACE_ID_END
            ? ""
            : traceParent.substring(TRACE_ID_START, TRACE_ID_END));
  }

  /**
   * @param traceId as of {@link #currentTraceId}; empty for none
   */
  public static LogContext ofTrace(String requestId, String traceId) {
    return new LogContext(requestId, traceId);
  }

  /** The trace that the current thread works for; empty for none. */
  public static String currentTraceId() {
    String traceId = MDC.get(TRACE_ID);
    return traceId == null ? "" : traceId;
  }

  @Override
  public void close() {
    put(REQUEST_ID, requestIdBefore);
    put(TRACE_ID, traceIdBefore);
  }

  private static void put(String key, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      MDC.remove(key);
    } else {
      MDC.put(key, value);
    }
  }
}
