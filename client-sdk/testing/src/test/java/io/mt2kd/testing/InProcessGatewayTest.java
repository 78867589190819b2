package io.mt2kd.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.client.Mt2kdClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class InProcessGatewayTest {
  private final String name = "test-" + UUID.randomUUID();

  @TempDir private Path parent = Path.of("");

  private Path folder() throws IOException {
    return Files.createDirectories(parent.resolve("gateway"));
  }

  @Test
  void answersUntilItIsClosedAndLeavesNothingBehind() throws Exception {
    Mt2kdClient client;
    try (InProcessGateway gateway = InProcessGateway.open(name, folder()).ready()) {
      client = gateway.client();
      assertThat(client.getModel().labels()).contains("rain");
      assertThat(parent.resolve("gateway")).isNotEmptyDirectory();
    }
    assertThatThrownBy(client::getModel).hasMessage("the client is closed");
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void anInterruptWhileItStartsLeavesNeitherGatewayNorFolder() throws Exception {
    InProcessGateway gateway = InProcessGateway.open(name, folder());
    Thread.currentThread().interrupt();
    assertThatThrownBy(gateway::ready).hasMessage("interrupted before the gateway was ready");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(parent).isEmptyDirectory();
    // Its name is free again.
    InProcessGateway.open(name, folder()).close();
  }

  @Test
  void aGatewayThatCannotStartLeavesNoFolder() throws Exception {
    try (InProcessGateway first = InProcessGateway.open(name, folder())) {
      Path second = Files.createDirectories(parent.resolve("second"));
      assertThatThrownBy(() -> InProcessGateway.open(first.channelName(), second))
          .isInstanceOf(IOException.class);
      assertThat(second).doesNotExist();
    }
  }
}
