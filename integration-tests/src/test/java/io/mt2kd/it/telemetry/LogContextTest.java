package io.mt2kd.it.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.logging.LogContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** Here, where there is a log to write to: the core has none. */
class LogContextTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String TRACE_PARENT = "00-" + TRACE + "-b7ad6b7169203331-01";

  @AfterEach
  void clear() {
    MDC.clear();
  }

  @Test
  void namesRequestAndTraceUntilItIsClosed() {
    try (LogContext named = LogContext.of("r1+3", TRACE_PARENT)) {
      assertThat(MDC.get("request_id")).isEqualTo("r1+3");
      assertThat(MDC.get("trace_id")).isEqualTo(TRACE);
      assertThat(LogContext.currentTraceId()).isEqualTo(TRACE);
    }

    assertThat(MDC.get("request_id")).isNull();
    assertThat(MDC.get("trace_id")).isNull();
    assertThat(LogContext.currentTraceId()).isEmpty();
  }

  @Test
  void bringsBackWhatTheThreadNamedBefore() {
    try (LogContext outer = LogContext.of("outer", TRACE_PARENT)) {
      try (LogContext inner = LogContext.of("inner", "")) {
        assertThat(MDC.get("request_id")).isEqualTo("inner");
        assertThat(MDC.get("trace_id")).isNull();
      }
      assertThat(MDC.get("request_id")).isEqualTo("outer");
      assertThat(MDC.get("trace_id")).isEqualTo(TRACE);
    }
  }
}
