package io.mt2kd.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script at the repository's root, with a Java that only says its arguments. */
class LauncherTest {
  @TempDir private Path folder;

  @Test
  void theLauncherSaysThatAFileIsNoTerminal() throws Exception {
    assertThat(launch("model")).startsWith("-Dmt2kd.terminal=false");
  }

  @Test
  void aServerGetsTheOptionsOfItsJvmAndACommandDoesNot() throws Exception {
    assertThat(launch("serve"))
        .contains(" @" + folder.resolve("gateway/standalone/gateway.jvm") + " -Xmx2g -cp ");
    assertThat(launch("model")).doesNotContain("gateway.jvm").contains(" -Xmx2g -cp ");
  }

  @Test
  void theJvmKnowsTheOptionsOfAServer() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Path options = Path.of(System.getProperty("mt2kd.root"), "gateway/standalone/gateway.jvm");
    Process process =
        new ProcessBuilder(
                java.toString(), "@" + options, "-XX:-IgnoreUnrecognizedVMOptions", "-version")
            .redirectErrorStream(true)
            .start();
    String told = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(told).isZero();
  }

  /** The arguments that the launcher starts Java with. */
  private String launch(String command) throws Exception {
    Path launcher = folder.resolve("mt2kd");
    Files.copy(Path.of(System.getProperty("mt2kd.root"), "mt2kd"), launcher, REPLACE_EXISTING);
    Path library = Files.createDirectories(folder.resolve("client-sdk/cli/target/library"));
    Files.write(library.resolve(".built"), new byte[0]);
    Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho \"$@\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    ProcessBuilder builder =
        new ProcessBuilder("bash", launcher.toString(), command)
            .redirectError(folder.resolve("errors").toFile());
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("MT2KD_JAVA_OPTIONS", "-Xmx2g");
    Process process = builder.start();
    String arguments = process.inputReader().readLine();
    assertThat(process.waitFor()).isZero();
    return arguments;
  }
}
