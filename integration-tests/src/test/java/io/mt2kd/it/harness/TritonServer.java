package io.mt2kd.it.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import inference.GRPCInferenceServiceGrpc;
import inference.ServerReadyRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real Triton server with the models of a repository in the {@code python} flavour.
 *
 * <p>It hangs on a lifeline, {@code triton-lifeline.sh}: when it is closed, and when this JVM dies
 * in whatever way, its processes are killed and its shared memory is removed. It can be killed and
 * started again on the same port.
 */
public final class TritonServer implements AutoCloseable {
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final long START_SECONDS = 120;

  /**
   * With which its Python backend now and then aborts while it loads models, whoever asks for it
   * (triton-inference-server/server issues 5949 and 8882). It is no finding about the gateway.
   */
  private static final String KNOWN_ABORT = "boost::interprocess::lock_exception";

  private static final int STARTS = 3;

  private final TritonEnvironment environment;
  private final Path repository;
  private final List<String> options;
  private final String prefix = "mt2kd_it_" + UUID.randomUUID() + "_";
  private final Path log = Checkout.target("triton-" + prefix + ".log");

  /** Bound but not listening, it keeps the port ours, which the server shares. */
  private final Socket reservation;

  private Process lifeline;
  private long pid;

  private TritonServer(TritonEnvironment environment, Path repository, List<String> options)
      throws IOException {
    this.environment = environment;
    this.repository = repository;
    this.options = options;
    this.reservation = new Socket();
    reservation.setOption(StandardSocketOptions.SO_REUSEPORT, true);
    reservation.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    this.lifeline = launch();
    this.pid = readPid();
  }

  /**
   * Starts a server with the ensemble of the model under test and waits until it takes calls.
   *
   * @throws org.opentest4j.TestAbortedException where this machine cannot run Triton
   */
  public static TritonServer start() throws IOException, InterruptedException {
    return start(ModelRepository.python(TritonEnvironment.require()));
  }

  /**
   * The same with another repository of the {@code python} flavour.
   *
   * @throws org.opentest4j.TestAbortedException where this machine cannot run Triton
   */
  public static TritonServer start(Path repository) throws IOException, InterruptedException {
    return start(TritonEnvironment.require(), repository, List.of());
  }

  /**
   * The model under test with further options of the server.
   *
   * @throws org.opentest4j.TestAbortedException where this machine cannot run Triton
   */
  public static TritonServer start(List<String> options) throws IOException, InterruptedException {
    TritonEnvironment environment = TritonEnvironment.require();
    return start(environment, ModelRepository.python(environment), options);
  }

  private static TritonServer start(
      TritonEnvironment environment, Path repository, List<String> options)
      throws IOException, InterruptedException {
    TritonServer server = new TritonServer(environment, repository, options);
    server.awaitReady();
    return server;
  }

  /** On the loopback interface, gRPC. */
  public int port() {
    return reservation.getLocalPort();
  }

  /** Of the server; also the id of its process group. */
  public long pid() {
    return pid;
  }

  /** Of the shell that cleans up behind it and ends last. */
  public long lifelinePid() {
    return lifeline.pid();
  }

  /** What the names of its shared-memory files begin with. */
  public String sharedMemoryPrefix() {
    return prefix;
  }

  /** Whether its process runs. */
  public boolean isAlive() {
    return lifeline.isAlive();
  }

  /** Completes when what runs now has ended and its processes and shared memory are gone. */
  public CompletableFuture<Void> onExit() {
    return lifeline.onExit().thenRun(() -> {});
  }

  /** A channel to it, the caller's to shut down. */
  public ManagedChannel channel() {
    return NettyChannelBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port()))
        .usePlaintext()
        .disableRetry()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
  }

  /** Kills it with everything that belongs to it; returns when all is gone. */
  public void kill() throws IOException, InterruptedException {
    List<ProcessHandle> processes = group(pid);
    lifeline.getOutputStream().close();
    lifeline.waitFor();
    // The lifeline is the parent of the server only.
    processes.forEach(process -> process.onExit().join());
  }

  /** Stops the server's process where it stands: connections stay, nothing is answered. */
  public void freeze() throws IOException, InterruptedException {
    signal("STOP", pid);
  }

  /** Lets it go on after {@link #freeze}. */
  public void thaw() throws IOException, InterruptedException {
    signal("CONT", pid);
  }

  /** Kills one of the processes that run the models; the server stays "ready" for ever. */
  public void killStub() {
    group(pid).stream()
        .filter(process -> process.pid() != pid)
        .findFirst()
        .orElseThrow()
        .destroyForcibly();
  }

  private static void signal(String name, long pid) throws IOException, InterruptedException {
    int status = new ProcessBuilder("kill", "-s", name, Long.toString(pid)).start().waitFor();
    if (status != 0) {
      throw new IOException("kill -s " + name + " " + pid + ": status " + status);
    }
  }

  /** Starts it again after {@link #kill}, on the same port, and waits until it takes calls. */
  public void restart() throws IOException, InterruptedException {
    launchAgain();
    awaitReady();
  }

  /** Kills it. Idempotent. */
  @Override
  public void close() throws IOException, InterruptedException {
    kill();
    reservation.close();
  }

  /** Processes of a group: a server and its stubs. */
  public static List<ProcessHandle> group(long leader) {
    return ProcessHandle.allProcesses().filter(process -> isInGroup(process, leader)).toList();
  }

  /** Shared-memory files with a prefix. */
  public static List<Path> sharedMemory(String prefix) throws IOException {
    try (Stream<Path> files = Files.list(SHARED_MEMORY)) {
      return files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
    }
  }

  private void launchAgain() throws IOException {
    lifeline = launch();
    pid = readPid();
  }

  private Process launch() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                // Out of the terminal's group: Ctrl-C must reach it by the lifeline only.
                "setsid",
                "sh",
                script().toString(),
                log.toString(),
                prefix,
                environment.server().toString(),
                "--model-repository=" + repository,
                "--model-control-mode=explicit",
                "--load-model=mt2kd",
                // Auto-completion would start every stub twice.
                "--disable-auto-complete-config",
                "--grpc-address=127.0.0.1",
                "--grpc-port=" + port(),
                "--reuse-grpc-port=true",
                "--allow-http=false",
                "--allow-metrics=false",
                "--backend-config=python,shm-region-prefix-name=" + prefix));
    command.addAll(options);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  private long readPid() throws IOException {
    BufferedReader output =
        new BufferedReader(new InputStreamReader(lifeline.getInputStream(), UTF_8));
    String line = output.readLine();
    if (line == null) {
      throw new IOException("the lifeline ended at once; see " + log);
    }
    return Long.parseLong(line.strip());
  }

  private void awaitReady() throws IOException, InterruptedException {
    for (int starts = 1; !isReady(starts == STARTS); starts++) {
      launchAgain();
    }
  }

  /**
   * Waits until it takes calls.
   *
   * @param last whether a known abort is a failure too
   * @return false where it ended with one
   */
  private boolean isReady(boolean last) throws IOException, InterruptedException {
    ManagedChannel channel = channel();
    // A server that ends instead of getting ready ends the wait.
    CompletableFuture<Void> unused = lifeline.onExit().thenRun(channel::shutdownNow);
    try {
      boolean ready =
          GRPCInferenceServiceGrpc.newBlockingStub(channel)
              .withWaitForReady()
              .withDeadlineAfter(START_SECONDS, TimeUnit.SECONDS)
              .serverReady(ServerReadyRequest.getDefaultInstance())
              .getReady();
      if (!ready) {
        throw new AssertionError("Triton is up but not ready:\n" + logTail());
      }
      return true;
    } catch (StatusRuntimeException e) {
      String tail = logTail();
      kill();
      if (!last && Files.readString(log, UTF_8).contains(KNOWN_ABORT)) {
        return false;
      }
      reservation.close();
      throw new AssertionError("Triton did not start:\n" + tail, e);
    } finally {
      channel.shutdownNow();
    }
  }

  private String logTail() throws IOException {
    List<String> lines = Files.readString(log, UTF_8).lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }

  private static Path script() throws IOException {
    Path script = Checkout.target("triton-lifeline.sh");
    try (var in = TritonServer.class.getResourceAsStream("/triton-lifeline.sh")) {
      if (in == null) {
        throw new IOException("triton-lifeline.sh is not on the class path");
      }
      byte[] content = in.readAllBytes();
      // Tests of other processes may be running the same file.
      if (!Files.exists(script) || !java.util.Arrays.equals(content, Files.readAllBytes(script))) {
        Files.write(script, content);
      }
    }
    return script;
  }

  private static boolean isInGroup(ProcessHandle process, long leader) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      // pid (name) state ppid pgrp: the name may hold anything, also parentheses.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 4);
      return Long.parseLong(fields[2]) == leader && !fields[0].equals("Z");
    } catch (IOException e) {
      return false; // It has ended meanwhile.
    }
  }
}
