package io.mt2kd.gateway.server.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The range of each setting, both ends, through the reader. */
class ConfigurationRangeTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "server.host, ' '",
    "server.port, -1",
    "server.port, 65536",
    "server.max-request-bytes, 65535",
    "server.max-request-bytes, 1073741825",
    "server.request-time-limit, 0s",
    "server.request-time-limit, 25h",
    "server.request-time-limit, 999999999999h",
    "server.drain-time-limit, 0ms",
    "server.drain-time-limit, 999999999999h",
    "admission.maximum-audio, 59s",
    "admission.maximum-audio, 25h",
    "admission.batch-share, 0",
    "admission.batch-share, 1.01",
    "admission.batch-share, NaN",
    "admission.tenant-weights, acme",
    "admission.tenant-weights, 'acme=0'",
    "admission.tenant-weights, 'acme=1001'",
    "admission.tenant-weights, 'acme=NaN'",
    "admission.tenant-weights, 'acme=2,'",
    "admission.tenant-weights, 'acme=2,acme=3'",
    "admission.tenant-weights, 'a b=2'",
    "batching.most-batches-in-flight, 1",
    "batching.most-batches-in-flight, 65",
    "batching.batches-in-flight, 0",
    "batching.batches-in-flight, 65",
    "batching.maximum-wait, 61s",
    "batching.maximum-wait, 999999999999h",
    "backend.target, ''",
    "backend.target, triton",
    "backend.target, 'triton:0'",
    "backend.target, 'triton:65536'",
    "backend.target, 'a:1,'",
    "backend.target, 'a:1,b'",
    "backend.target, 'a:1,a:1'",
    "backend.target, 'dns:///triton'",
    "backend.target, 'dns:///a:1,b:1'",
    "backend.target, 'http://triton:8001'",
    "backend.model, ' '",
    "backend.safety-limit, 0m",
    "backend.safety-limit, 999999999999h",
    "backend.poll-interval, 0h",
    "backend.poll-interval, 999999999999h",
    "replicas.discovery-interval, 0s",
    "replicas.answer-limit, 0s",
    "replicas.answer-limit, 25h",
    "replicas.probe-interval, 0s",
    "replicas.probe-interval, 10s",
    "replicas.stall-limit, 0s",
    "replicas.ejection-time, 0ms",
    "replicas.slow-start, 25h",
    "replicas.max-calls, 0",
    "replicas.max-calls, 65537",
    "metrics.host, ' '",
    "metrics.port, -1",
    "metrics.port, 65536",
    "speakers.database, ''",
    "speakers.minimum-log-likelihood-ratio, NaN",
    "speakers.minimum-log-likelihood-ratio, -Infinity",
    "speakers.maximum-references, 0",
    "speakers.maximum-references, 1001"
  })
  void refusesAValueOutOfRangeAndSaysTheRange(String setting, String value) {
    assertThatThrownBy(() -> read(setting, value))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageStartingWith(setting + ": ")
        .hasMessageContaining("(expected: ");
  }

  @ParameterizedTest
  @CsvSource({
    "server.port, 0",
    "server.port, 65535",
    "server.max-request-bytes, 65536",
    "server.max-request-bytes, 1073741824",
    "server.request-time-limit, 1ms",
    "server.request-time-limit, 24h",
    "admission.maximum-audio, 1m",
    "admission.maximum-audio, 24h",
    "admission.batch-share, 0.01",
    "admission.batch-share, 1",
    "admission.tenant-weights, 'acme=0.001, free = 1000'",
    "batching.batches-in-flight, 1",
    "batching.batches-in-flight, 8",
    "batching.most-batches-in-flight, 2",
    "batching.most-batches-in-flight, 64",
    "batching.maximum-wait, 0s",
    "batching.maximum-wait, 60s",
    "backend.target, 'a:1'",
    "backend.target, 'a:65535, [::1]:8001'",
    "backend.target, 'dns:///triton.models.svc:8001'",
    "replicas.probe-interval, 9999ms",
    "replicas.slow-start, 0s",
    "replicas.max-calls, 1",
    "replicas.max-calls, 65536",
    "metrics.port, 0",
    "metrics.port, 65535",
    "speakers.minimum-speech, 0s",
    "speakers.minimum-recording-speech, 0s",
    "speakers.maximum-references, 1",
    "speakers.maximum-references, 1000"
  })
  void takesTheEndsOfTheRange(String setting, String value) throws Exception {
    assertThat(read(setting, value)).isNotEqualTo(GatewayConfiguration.DEFAULT);
  }

  @ParameterizedTest
  @CsvSource({"250ms, 250", "30s, 30000", "5m, 300000", "2h, 7200000", "' 90 s ', 90000"})
  void readsDurationsAsPeopleWriteThem(String text, long millis) throws Exception {
    assertThat(read("backend.safety-limit", text).backend().safetyLimit())
        .isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "30",
        "s",
        "1.5s",
        "-5s",
        "5S",
        "1h30m",
        "PT30S",
        "1d",
        "9999999999999s",
        "true",
        "[30s]",
        "{s: 1}"
      })
  void refusesADurationInAnotherForm(String text) {
    assertThatThrownBy(() -> readRaw("backend.safety-limit", text))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageStartingWith("backend.safety-limit: ")
        .hasMessageContaining("expected: a duration, for example 250ms, 30s, 5m, 2h");
  }

  @Test
  void wantsCertificateAndKeyTogether() {
    assertThatThrownBy(() -> read("server.tls-certificate", "cert.pem"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageStartingWith("server.tls-key: ");
    assertThatThrownBy(() -> read("server.tls-key", "key.pem"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageStartingWith("server.tls-key: ");
  }

  private GatewayConfiguration read(String setting, String value) throws Exception {
    boolean number = value.matches("[-.0-9a-z]*") && !value.matches("\\d+(ms|s|m|h)|[a-z].*|");
    return readRaw(setting, number ? value : "'" + value + "'");
  }

  private GatewayConfiguration readRaw(String setting, String yaml) throws Exception {
    String[] path = setting.split("\\.", 2);
    Path file = folder.resolve("gateway.yaml");
    Files.writeString(file, path[0] + ":\n  " + path[1] + ": " + yaml + "\n");
    return ConfigurationReader.read(Optional.of(file), Map.of());
  }
}
