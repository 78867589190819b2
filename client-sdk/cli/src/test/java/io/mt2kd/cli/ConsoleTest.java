package io.mt2kd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleTest {
  @AfterEach
  void forget() {
    System.clearProperty("mt2kd.terminal");
  }

  @Test
  void isInteractiveWhereTheLauncherSaysSo() {
    assertThat(Console.system().interactive()).isFalse();
    System.setProperty("mt2kd.terminal", "false");
    assertThat(Console.system().interactive()).isFalse();
    System.setProperty("mt2kd.terminal", "true");
    assertThat(Console.system().interactive()).isTrue();
  }

  @Test
  void theLauncherSaysThatAFileIsNoTerminal(@TempDir Path folder) throws Exception {
    Path launcher =
        Files.copy(Path.of(System.getProperty("mt2kd.root"), "mt2kd"), folder.resolve("mt2kd"));
    Path library = Files.createDirectories(folder.resolve("client-sdk/cli/target/library"));
    Files.createFile(library.resolve(".built"));
    Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho \"$1\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    ProcessBuilder builder =
        new ProcessBuilder("bash", launcher.toString(), "model")
            .redirectError(folder.resolve("errors").toFile());
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    Process process = builder.start();
    assertThat(process.inputReader().readLine()).isEqualTo("-Dmt2kd.terminal=false");
    assertThat(process.waitFor()).isZero();
  }
}
