package io.mt2kd.gateway.server.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/configuration.md names every setting, with its default. */
class ConfigurationDocumentTest {
  @TempDir Path folder;

  @Test
  void theDocumentedFileSaysNothingNew() throws IOException {
    assertThat(ConfigurationReader.read(Optional.of(example()), Map.of()))
        .isEqualTo(GatewayConfiguration.DEFAULT);
  }

  @Test
  void theDocumentedFileNamesEverySetting() throws IOException {
    assertThat(Files.readAllLines(example()).stream().filter(line -> line.startsWith("  ")))
        .hasSize(
            ServerConfiguration.class.getRecordComponents().length
                + AdmissionConfiguration.class.getRecordComponents().length
                + BatchingConfiguration.class.getRecordComponents().length
                + BackendConfiguration.class.getRecordComponents().length
                + ReplicasConfiguration.class.getRecordComponents().length
                + MetricsConfiguration.class.getRecordComponents().length
                + SpeakersConfiguration.class.getRecordComponents().length);
  }

  private Path example() throws IOException {
    Path document = Path.of(System.getProperty("mt2kd.root"), "docs", "configuration.md");
    String text = Files.readString(document);
    int start = text.indexOf("```yaml\n") + "```yaml\n".length();
    return Files.writeString(
        folder.resolve("gateway.yaml"), text.substring(start, text.indexOf("```", start)));
  }
}
