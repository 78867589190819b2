package io.mt2kd.benchmarks.server;

import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A gateway in a process of its own, with default settings except where this process's environment
 * has {@code MT2KD_GATEWAY_} variables, which it inherits. Its JVM has the options of {@code
 * ./mt2kd serve}, and a heap of its full size from the start.
 */
public final class GatewayServer implements AutoCloseable {
  static final List<String> JVM =
      List.of(
          "@" + Checkout.root().resolve("gateway/standalone/gateway.jvm"), "-Xms512m", "-Xmx512m");

  private final ServerProcess process;
  private final Path folder;

  private GatewayServer(ServerProcess process, Path folder) {
    this.process = process;
    this.folder = folder;
  }

  /** Starts one in front of a backend and waits until it serves. */
  public static GatewayServer before(Backend backend) throws IOException {
    return before(backend, Map.of());
  }

  /**
   * The same with settings of its own.
   *
   * @param settings further environment variables
   */
  public static GatewayServer before(Backend backend, Map<String, String> settings)
      throws IOException {
    Path folder = Files.createTempDirectory("mt2kd-benchmark");
    Map<String, String> environment = new HashMap<>();
    environment.put("MT2KD_GATEWAY_SERVER_PORT", "0");
    environment.put("MT2KD_GATEWAY_METRICS_PORT", "0");
    environment.put("MT2KD_GATEWAY_BACKEND_TARGET", "127.0.0.1:" + backend.port());
    environment.put("MT2KD_GATEWAY_SPEAKERS_DATABASE", folder.resolve("speakers.db").toString());
    environment.putAll(settings);
    return new GatewayServer(ServerProcess.start(GatewayMain.class, JVM, environment), folder);
  }

  /** A channel to it, the caller's to shut down. */
  public ManagedChannel channel() {
    return Channels.to(process.port());
  }

  /** Processor time that it has used so far. */
  public Duration processorTime() {
    return ProcessorTimes.of(List.of(process.handle()));
  }

  /**
   * What it uses now.
   *
   * @param afterCollection of garbage
   */
  public ProcessMemory memory(boolean afterCollection) throws IOException {
    return process.memory(afterCollection);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
