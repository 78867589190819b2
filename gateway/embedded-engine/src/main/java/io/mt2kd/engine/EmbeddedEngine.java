package io.mt2kd.engine;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model repository behind Triton's gRPC protocol, in this JVM.
 *
 * <p>The repository is Triton's: {@code config.pbtxt} files, numeric version folders, models of the
 * {@code onnxruntime} backend and ensembles of them. A client cannot tell the engine from a Triton
 * that serves the same folder: same tensors, same statuses for the same mistakes, same statistics.
 * What the engine does not offer (streams, shared memory, loading at run time) is UNIMPLEMENTED.
 *
 * <pre>{@code
 * try (EmbeddedEngine engine = EmbeddedEngine.load(Path.of("repository"))) {
 *   engine.start(new InetSocketAddress("127.0.0.1", 0));
 *   System.out.println("serving on port " + engine.port());
 * }
 * }</pre>
 *
 * <p>Thread-safe. Models stay loaded until {@link #close}.
 */
public final class EmbeddedEngine implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(EmbeddedEngine.class);

  private final EngineOptions options;
  private final LoadedModels models;
  private final ExecutorService executor;
  private final WorkQueue queue;
  private final InferenceService service;
  private final AtomicLong openTensors;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CopyOnWriteArrayList<Server> servers = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> released = new CompletableFuture<>();
  private volatile boolean abandoned;

  private EmbeddedEngine(Path repository, EngineOptions options, ExecutorService executor) {
    var environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    this.options = options;
    this.executor = executor;
    this.openTensors = new AtomicLong();
    var codec = new TensorCodec(environment, openTensors);
    this.models =
        new ModelLoader(repository, options, environment, codec, Clock.systemUTC()).load();
    this.queue = new WorkQueue(executor, options.maxQueuedRequests());
    this.service =
        new InferenceService(
            models,
            queue,
            codec,
            System::nanoTime,
            () -> abandoned,
            "onnxruntime-" + environment.getVersion());
  }

  /**
   * Loads a whole repository with default settings.
   *
   * @throws ModelLoadException when the folder cannot be read or a model cannot be served
   */
  public static EmbeddedEngine load(Path repository) {
    return load(repository, EngineOptions.defaults());
  }

  /**
   * Loads a repository. Nothing listens yet.
   *
   * @throws ModelLoadException when the folder cannot be read, or a model cannot be served and
   *     {@link EngineOptions#exitOnError} stands
   */
  public static EmbeddedEngine load(Path repository, EngineOptions options) {
    return load(repository, options, WorkQueue.threads(options.executorThreads()));
  }

  /** The executor is the engine's from here on. */
  static EmbeddedEngine load(Path repository, EngineOptions options, ExecutorService executor) {
    try {
      return new EmbeddedEngine(repository, options, executor);
    } catch (RuntimeException | Error e) {
      executor.shutdownNow();
      throw e;
    }
  }

  /** The service itself, to be mounted in a server of the caller's. */
  public BindableService service() {
    return service;
  }

  /** The names of the models that are served. */
  public Set<String> models() {
    var served = new TreeSet<>(models.present());
    served.removeIf(name -> models.versions(name).isEmpty());
    return Set.copyOf(served);
  }

  /** Serves under a name for in-process channels of this JVM. */
  public EmbeddedEngine startInProcess(String name) throws IOException {
    start(InProcessServerBuilder.forName(name));
    return this;
  }

  /** Serves on a free port of the loopback interface, see {@link #port}. */
  public EmbeddedEngine start() throws IOException {
    return start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /**
   * Serves on an address, in plain text and to whoever reaches it; port 0 takes a free one. May be
   * called for several addresses.
   */
  public EmbeddedEngine start(InetSocketAddress address) throws IOException {
    start(
        NettyServerBuilder.forAddress(address)
            .addService(ProtoReflectionServiceV1.newInstance())
            .maxInboundMessageSize(options.maxInboundMessageBytes()));
    return this;
  }

  /**
   * The TCP port of the first address that was started.
   *
   * @throws IllegalStateException when none was
   */
  public int port() {
    return servers.stream()
        .mapToInt(Server::getPort)
        .filter(port -> port > 0)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no address was started"));
  }

  /**
   * Stops: new requests get UNAVAILABLE at once, accepted ones are finished for up to {@link
   * EngineOptions#drainTimeout}, later ones are answered UNAVAILABLE after the step they are in.
   * Idempotent.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    queue.stop();
    servers.forEach(Server::shutdown);
    try {
      boolean idle = queue.awaitIdle(options.drainTimeout());
      abandoned = true;
      executor.shutdown();
      // A step cannot be interrupted in native code; one more span is its grace.
      idle = executor.awaitTermination(graceSeconds(), TimeUnit.SECONDS) && idle;
      for (Server server : servers) {
        server.awaitTermination(1, TimeUnit.SECONDS);
      }
      if (!idle) {
        logger.warn("not all accepted requests were finished within {}", options.drainTimeout());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      logger.warn("interrupted: accepted requests are given up");
    } finally {
      abandoned = true;
      // What still waits is not dropped: given up, it ends at once and closes its tensors.
      executor.shutdown();
      servers.forEach(Server::shutdownNow);
      closeModels();
    }
  }

  /** Done when the models' native memory has been given back. */
  CompletableFuture<Void> released() {
    return released;
  }

  /** Tensors that no one has closed yet. */
  long openTensors() {
    return openTensors.get();
  }

  /** Serves through a server that is not built yet. */
  void start(ServerBuilder<?> builder) throws IOException {
    if (closed.get()) {
      throw new IllegalStateException("the engine is closed");
    }
    Server server = builder.addService(service).build().start();
    servers.add(server);
    // A closing that came between has not seen this server.
    if (closed.get()) {
      server.shutdownNow();
      throw new IllegalStateException("the engine is closed");
    }
  }

  private long graceSeconds() {
    return Math.max(1, Math.min(options.drainTimeout().toSeconds(), 30));
  }

  // A session that is closed under a running step takes the JVM down with it.
  private void closeModels() {
    if (executor.isTerminated()) {
      release();
      return;
    }
    logger.warn("a step still runs: the models stay in memory until it ends");
    var closing = new Thread(this::releaseAfterTheLastStep, "mt2kd-engine-closing");
    closing.setDaemon(true);
    closing.start();
  }

  private void releaseAfterTheLastStep() {
    try {
      if (executor.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS)) {
        release();
      }
    } catch (InterruptedException e) {
      // Nobody knows this thread; were it so, the models would stay, which hurts nobody.
      Thread.currentThread().interrupt();
    }
  }

  private void release() {
    models.close();
    released.complete(null);
  }
}
