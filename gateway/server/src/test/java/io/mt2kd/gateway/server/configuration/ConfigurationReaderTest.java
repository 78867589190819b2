package io.mt2kd.gateway.server.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import java.io.IOException;
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

class ConfigurationReaderTest {
  @TempDir Path folder;

  @Test
  void everythingHasADefault() throws IOException {
    assertThat(ConfigurationReader.read(Optional.empty(), Map.of()))
        .isEqualTo(GatewayConfiguration.DEFAULT);
    assertThat(read("")).isEqualTo(GatewayConfiguration.DEFAULT);
    assertThat(read("# nothing\n")).isEqualTo(GatewayConfiguration.DEFAULT);
    assertThat(read("server:\nbackend:\n")).isEqualTo(GatewayConfiguration.DEFAULT);
  }

  @Test
  void listensOnLoopbackUnlessToldOtherwise() {
    assertThat(GatewayConfiguration.DEFAULT.server().host()).isEqualTo("127.0.0.1");
  }

  @Test
  void fileOverridesTheDefaultsThatItNames() throws IOException {
    GatewayConfiguration configuration =
        read(
            """
            server:
              port: 0
              introspection: false
            batching: {maximum-wait: 0s}
            backend: {target: "triton:8001", safety-limit: 5m}
            speakers:
              minimum-log-likelihood-ratio: -1.5
            """);

    assertThat(configuration.server().port()).isZero();
    assertThat(configuration.server().introspection()).isFalse();
    assertThat(configuration.server().maxRequestBytes()).isEqualTo(64 << 20);
    assertThat(configuration.batching().settings())
        .isEqualTo(new BatchingSettings(2, 8, Duration.ZERO));
    assertThat(configuration.backend().target()).isEqualTo("triton:8001");
    assertThat(configuration.backend().embedded()).isFalse();
    assertThat(configuration.backend().safetyLimit()).isEqualTo(Duration.ofMinutes(5));
    assertThat(configuration.speakers().policy().minimumLogLikelihoodRatio()).isEqualTo(-1.5);
    assertThat(configuration.speakers().policy().maximumReferences()).isEqualTo(64);
  }

  @Test
  void environmentOverridesTheFile() throws IOException {
    Path file = Files.writeString(folder.resolve("g.yaml"), "server: {port: 1, host: '::1'}");

    GatewayConfiguration configuration =
        ConfigurationReader.read(
            Optional.of(file),
            Map.of(
                "MT2KD_GATEWAY_SERVER_PORT", "2",
                "MT2KD_GATEWAY_SERVER_INTROSPECTION", "false",
                "MT2KD_GATEWAY_SERVER_MAX_REQUEST_BYTES", "65536",
                "MT2KD_GATEWAY_BACKEND_POLL_INTERVAL", "250ms",
                "MT2KD_GATEWAY_SPEAKERS_MINIMUM_LOG_LIKELIHOOD_RATIO", "-2.5",
                "PATH", "/usr/bin"));

    assertThat(configuration.server().port()).isEqualTo(2);
    assertThat(configuration.server().host()).isEqualTo("::1");
    assertThat(configuration.server().introspection()).isFalse();
    assertThat(configuration.server().maxRequestBytes()).isEqualTo(65536);
    assertThat(configuration.backend().pollInterval()).isEqualTo(Duration.ofMillis(250));
    assertThat(configuration.speakers().minimumLogLikelihoodRatio()).isEqualTo(-2.5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "serverr: {port: 1} | serverr: no such setting (expected: one of [admission, backend, batching, metrics, replicas, server, speakers])",
        "server: {prot: 1} | server.prot: no such setting (expected: one of [drain-time-limit, host,",
        "server: {maxRequestBytes: 70000} | server.maxRequestBytes: no such setting",
        "speakers: {policy: x} | speakers.policy: no such setting",
        "backend: {embedded: true} | backend.embedded: no such setting",
        "server: 5 | server: 5 (expected: a section",
        "server: [port] | server: [\"port\"] (expected: a section",
        "server: {port: abc} | server.port: ",
        "server: {port: 1.5} | server.port: ",
        "server: {port: {a: 1}} | server.port: ",
        "server: {port: 99999999999} | server.port: ",
        "server: {introspection: maybe} | server.introspection: ",
      })
  void refusesASettingThatCannotBeUsedAndNamesIt(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "just text",
        "[1, 2]",
        "server: {port: 1",
        "server: {port: 1}\nserver: {port: 2}",
        "server: {port: 1}\n---\nserver: {port: 2}",
        "server: {port: 1, port: 2}",
        "\tserver: 1"
      })
  void refusesAFileThatIsNoSetOfSettings(String yaml) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("gateway.yaml: ");
  }

  @Test
  void refusesAFileThatIsNotThere() {
    Path missing = folder.resolve("missing.yaml");

    assertThatThrownBy(() -> ConfigurationReader.read(Optional.of(missing), Map.of()))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessage(missing + ": no such file");
    assertThatThrownBy(() -> ConfigurationReader.read(Optional.of(folder), Map.of()))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(folder + ": cannot be read");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MT2KD_GATEWAY_SERVER_PROT",
        "MT2KD_GATEWAY_PORT",
        "MT2KD_GATEWAY_SERVER",
        "MT2KD_GATEWAY_"
      })
  void refusesAnUnknownNameInTheEnvironment(String name) {
    assertThatThrownBy(() -> ConfigurationReader.read(Optional.empty(), Map.of(name, "1")))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageStartingWith(
            name + ": no such setting (expected: one of [MT2KD_GATEWAY_ADMISSION_");
  }

  @ParameterizedTest
  @CsvSource({
    "SERVER_PORT, abc, server.port",
    "SERVER_PORT, '', server.port",
    "SERVER_PORT, 1.5, server.port",
    "SERVER_PORT, 65536, server.port",
    "SERVER_INTROSPECTION, yes, server.introspection",
    "BACKEND_SAFETY_LIMIT, soon, backend.safety-limit",
    "BACKEND_SAFETY_LIMIT, '', backend.safety-limit"
  })
  void refusesAValueOfTheEnvironmentThatCannotBeUsed(String name, String value, String setting) {
    assertThatThrownBy(
            () ->
                ConfigurationReader.read(Optional.empty(), Map.of("MT2KD_GATEWAY_" + name, value)))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageStartingWith(setting + ": ")
        .hasMessageContaining(value);
  }

  private GatewayConfiguration read(String yaml) throws IOException {
    Path file = Files.writeString(folder.resolve("gateway.yaml"), yaml);
    return ConfigurationReader.read(Optional.of(file), Map.of());
  }
}
