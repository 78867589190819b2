package io.mt2kd.it.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A JVM with the tests' classes, to be killed. */
public final class JavaProcess implements AutoCloseable {
  private final Process process;
  private final Path scratch;
  private final BufferedReader output;

  private JavaProcess(Process process, Path scratch) {
    this.process = process;
    this.scratch = scratch;
    this.output = process.inputReader(UTF_8);
  }

  /**
   * Starts the {@code main} of a class.
   *
   * @param folder in which its temporary files lie until it is closed: a killed JVM leaves native
   *     libraries behind
   */
  public static JavaProcess start(Path folder, Class<?> main, String... arguments)
      throws IOException {
    return start(folder, List.of(), main, arguments);
  }

  /**
   * The same with options of the JVM.
   *
   * @param options over the usual ones
   */
  public static JavaProcess start(
      Path folder, List<String> options, Class<?> main, String... arguments) throws IOException {
    Path scratch = Files.createTempDirectory(folder, "jvm");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-Dmt2kd.root=" + Checkout.root(),
                "-Djava.io.tmpdir=" + scratch));
    command.addAll(options);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            main.getName()));
    command.addAll(List.of(arguments));
    return new JavaProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start(),
        scratch);
  }

  /**
   * The next line that it prints.
   *
   * @throws IOException when it has ended instead
   */
  public String readLine() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("the process has ended: its messages are on standard error");
    }
    return line;
  }

  /** Kills it, as {@code kill -9} does, and waits for its end. */
  public void kill() throws InterruptedException {
    // Not Process.destroyForcibly: it closes the pipe, and what is still in it counts.
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  /** Kills it and erases what it left. */
  @Override
  public void close() throws IOException, InterruptedException {
    kill();
    output.close();
    try (Stream<Path> files = Files.walk(scratch)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
