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
    try (InProcessGateway gateway = InProcessGateway.start(name, folder())) {
      client = gateway.client();
      assertThat(client.getModel().labels()).contains("rain");
      assertThat(parent.resolve("gateway")).isNotEmptyDirectory();
    }
    assertThatThrownBy(client::getModel).hasMessage("the client is closed");
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void anInterruptedStartLeavesNeitherGatewayNorFolder() throws Exception {
    Path folder = folder();
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> InProcessGateway.start(name, folder))
          .isInstanceOf(IllegalStateException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(parent).isEmptyDirectory();
    // Its name is free again.
    InProcessGateway.start(name, folder()).close();
  }

  @Test
  void aGatewayThatCannotStartLeavesNoFolder() throws Exception {
    try (InProcessGateway first = InProcessGateway.start(name, folder())) {
      Path second = Files.createDirectories(parent.resolve("second"));
      assertThatThrownBy(() -> InProcessGateway.start(first.channelName(), second))
          .hasMessageContaining("the gateway cannot start");
      assertThat(second).doesNotExist();
    }
  }
}
