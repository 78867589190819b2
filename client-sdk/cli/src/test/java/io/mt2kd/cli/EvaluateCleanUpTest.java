package io.mt2kd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An evaluation that is stopped while its temporary speakers are enrolled. */
@Timeout(60)
class EvaluateCleanUpTest {
  private final FakeGateway gateway = new FakeGateway();

  @TempDir private Path folder = Path.of("");

  private String manifest = "";

  @BeforeEach
  void writeATrialWhoseProbeIsNotAnswered() throws IOException {
    Files.writeString(folder.resolve("enrollment"), "voice=1.0");
    Files.writeString(folder.resolve("probe"), "wait");
    manifest =
        Files.writeString(
                folder.resolve("manifest.jsonl"),
                "{\"kind\":\"trial\",\"id\":\"v\",\"target\":true,\"enrollment\":[\"enrollment\"],\"probe\":[\"probe\"]}")
            .toString();
  }

  @AfterEach
  void stop() throws InterruptedException {
    gateway.close();
  }

  @Test
  void anInterruptLeavesNoSpeakerBehind() throws Exception {
    Thread evaluation = new Thread(() -> CommandRun.of(gateway, "evaluate", manifest));
    evaluation.start();
    gateway.waiting.await();
    assertThat(gateway.speakers).hasSize(1);
    evaluation.interrupt();
    evaluation.join();
    assertThat(gateway.speakers).isEmpty();
  }

  @Test
  void aProcessToldToStopLeavesNoSpeakerBehind() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "evaluate",
                manifest,
                "--target",
                gateway.target())
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD)
            .start();
    try {
      gateway.waiting.await();
      assertThat(gateway.speakers).hasSize(1);
      // SIGTERM: to a JVM the same as the SIGINT of Ctrl-C.
      process.destroy();
      process.waitFor();
    } finally {
      process.destroyForcibly();
    }
    assertThat(gateway.speakers).isEmpty();
  }
}
