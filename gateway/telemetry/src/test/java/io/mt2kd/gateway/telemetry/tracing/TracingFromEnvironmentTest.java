package io.mt2kd.gateway.telemetry.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tracing is off unless somebody names an exporter. */
class TracingFromEnvironmentTest {
  @Test
  void isOffWithoutAWord() {
    assertThat(Tracing.fromEnvironment(Map.of())).isEmpty();
    assertThat(Tracing.fromEnvironment(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1")))
        .isEmpty();
  }

  @Test
  void isOffWhereThatIsSaid() {
    assertThat(Tracing.fromEnvironment(Map.of("OTEL_TRACES_EXPORTER", "none"))).isEmpty();
    assertThat(Tracing.fromEnvironment(Map.of("OTEL_TRACES_EXPORTER", " "))).isEmpty();
    assertThat(
            Tracing.fromEnvironment(
                Map.of("OTEL_TRACES_EXPORTER", "otlp", "OTEL_SDK_DISABLED", "true")))
        .isEmpty();
  }

  @Test
  void isOnWhereAnExporterIsNamed() {
    // The SDK reads the process's own environment, which names none: nothing is sent.
    try (Tracing tracing =
        Tracing.fromEnvironment(Map.of("OTEL_TRACES_EXPORTER", "otlp")).orElseThrow()) {
      assertThat(tracing.calls()).isNotNull();
    }
  }
}
