package io.mt2kd.benchmarks.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A server in a JVM of its own with the benchmarks' classes. It ends when its standard input does,
 * so also when the benchmark's JVM dies. Not thread-safe.
 */
final class ServerProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final BufferedWriter input;
  private final int port;

  private ServerProcess(Process process) throws IOException {
    this.process = process;
    this.output = process.inputReader(UTF_8);
    this.input = process.outputWriter(UTF_8);
    this.port = Integer.parseInt(readLine());
  }

  /**
   * Starts a {@code main} that calls {@link Serving#untilInputEnds} and waits until it serves.
   *
   * @param options of the JVM
   * @param environment beside this process's own
   */
  static ServerProcess start(
      Class<?> main, List<String> options, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      return new ServerProcess(process);
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  int port() {
    return port;
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** What the server says of itself now. */
  ProcessMemory memory(boolean afterCollection) throws IOException {
    input.write(afterCollection ? Serving.COLLECT : Serving.MEASURE);
    input.newLine();
    input.flush();
    return ProcessMemory.parse(readLine());
  }

  private String readLine() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("the server has ended: its messages are on standard error");
    }
    return line;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    input.close();
    process.waitFor();
    output.close();
  }
}
