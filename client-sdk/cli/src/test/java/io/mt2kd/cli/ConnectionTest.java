package io.mt2kd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionTest {
  @Test
  void asksTheGatewayOfTheOptionBeforeThatOfTheEnvironment() throws Exception {
    try (FakeGateway gateway = new FakeGateway()) {
      CommandRun run =
          CommandRun.of(
              Map.of("MT2KD_TARGET", "localhost:1"),
              "",
              "model",
              "--target",
              gateway.target(),
              "--tenant=acme");
      assertThat(run.exitCode()).isZero();
      assertThat(run.out())
          .contains("fake-model 1", "fake 2 at here", "labels       3: cat, dog, speech");
      assertThat(gateway.tenants).containsExactly("acme");
    }
  }

  @Test
  void optionsMayStandBeforeTheSubcommand() throws Exception {
    try (FakeGateway gateway = new FakeGateway()) {
      assertThat(
              CommandRun.of(Map.of(), "", "--target", gateway.target(), "-o", "JSON", "model")
                  .json()
                  .get(0)
                  .path("name")
                  .asText())
          .isEqualTo("fake-model");
    }
  }

  @Test
  void aGatewayThatIsNotThereIsOneLine() throws Exception {
    String target;
    try (FakeGateway gateway = new FakeGateway()) {
      target = gateway.target();
    }
    CommandRun run = CommandRun.of(Map.of("MT2KD_TARGET", target), "", "model");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errors())
        .singleElement()
        .asString()
        .startsWith("mt2kd: UNAVAILABLE: ")
        .contains("Connection refused: localhost/127.0.0.1");
  }

  @Test
  void speaksTlsToOtherMachinesAndPlaintextToThisOne() throws Exception {
    try (FakeGateway gateway = new FakeGateway()) {
      String port = gateway.target().substring(gateway.target().indexOf(':'));
      assertThat(CommandRun.of(Map.of(), "", "model", "--target", "127.0.0.1" + port).exitCode())
          .isZero();
      assertThat(CommandRun.of(gateway, "model", "--tls").exitCode()).isEqualTo(1);
      // Leads to this machine, but does not say so.
      String other = "0.0.0.0" + port;
      assertThat(CommandRun.of(Map.of(), "", "model", "-t", other).exitCode()).isEqualTo(1);
      assertThat(CommandRun.of(Map.of(), "", "model", "-t", other, "--plaintext").exitCode())
          .isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "listen",
        "model --timeout 30",
        "model --timeout 0s",
        "model --output xml",
        "model --plaintext --tls",
        "model --client-key k.pem",
        "model --ca-file none.pem",
        "model --tenant=",
        "model extra",
        "recognize",
        "recognize a --concurrency 0",
        "verify alice",
        "speakers",
        "evaluate",
        "evaluate m --limit 0"
      })
  void wrongUsageIsTwoLinesAndExitCodeTwo(String arguments) {
    CommandRun run =
        CommandRun.of(Map.of(), "", arguments.isEmpty() ? new String[0] : arguments.split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.errors()).hasSize(2);
    assertThat(run.errors().get(0)).startsWith("mt2kd: ");
    assertThat(run.errors().get(1)).startsWith("Try 'mt2kd").endsWith("--help'.");
  }

  @ParameterizedTest
  @CsvSource({
    "--help, mt2kd [",
    "verify --help, Ends with 0 when accepted",
    "speakers list --help, --tenant",
    "evaluate --help, 95 % bootstrap",
    "--version, mt2kd "
  })
  void helps(String arguments, String expected) {
    CommandRun run = CommandRun.of(Map.of(), "", arguments.split(" "));
    assertThat(run.exitCode()).isZero();
    assertThat(run.out().replaceAll("\\s+", " ")).contains(expected.strip());
  }
}
