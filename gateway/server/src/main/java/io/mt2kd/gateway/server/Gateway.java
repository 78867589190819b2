package io.mt2kd.gateway.server;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.protobuf.services.ChannelzService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.mt2kd.gateway.audio.StandardAudioDecoder;
import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.analysis.Analyzer;
import io.mt2kd.gateway.core.analysis.SpeakerRecognizer;
import io.mt2kd.gateway.core.analysis.UtterancePipeline;
import io.mt2kd.gateway.core.batching.Batcher;
import io.mt2kd.gateway.core.batching.BatcherLoad;
import io.mt2kd.gateway.core.batching.BucketBatcher;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import io.mt2kd.gateway.core.speaker.SpeakerStore;
import io.mt2kd.gateway.core.speaker.SpeechActivity;
import io.mt2kd.gateway.grpc.Mt2kdApi;
import io.mt2kd.gateway.server.configuration.BackendConfiguration;
import io.mt2kd.gateway.server.configuration.BackendTarget;
import io.mt2kd.gateway.server.configuration.GatewayConfiguration;
import io.mt2kd.gateway.server.configuration.InvalidConfigurationException;
import io.mt2kd.gateway.server.configuration.ReplicasConfiguration;
import io.mt2kd.gateway.store.SqliteSpeakerStore;
import io.mt2kd.gateway.telemetry.tracing.Tracing;
import io.mt2kd.gateway.triton.DnsDiscovery;
import io.mt2kd.gateway.triton.HealthOptions;
import io.mt2kd.gateway.triton.ReplicaDiscovery;
import io.mt2kd.gateway.triton.ReplicaStatus;
import io.mt2kd.gateway.triton.TritonBackend;
import io.mt2kd.gateway.triton.TritonOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway. It starts whether or not the model is there: until it is, health says
 * NOT_SERVING and calls are answered UNAVAILABLE.
 */
public final class Gateway implements RunningGateway {
  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  private final Server server;
  private final Readiness readiness;
  private final TritonBackend backend;
  private final BucketBatcher batcher;
  private final Telemetry telemetry;
  private final Opened opened;

  private Gateway(
      Server server,
      Readiness readiness,
      TritonBackend backend,
      BucketBatcher batcher,
      Telemetry telemetry,
      Opened opened) {
    this.server = server;
    this.backend = backend;
    this.batcher = batcher;
    this.readiness = readiness;
    this.telemetry = telemetry;
    this.opened = opened;
  }

  /**
   * Starts a gateway in front of the configured target, which is not the embedded engine.
   *
   * @throws IOException when the address cannot be bound or the speakers cannot be opened
   * @throws InvalidConfigurationException when TLS files cannot be read
   */
  public static Gateway start(GatewayConfiguration configuration) throws IOException {
    ReplicaDiscovery discovery = discovery(BackendTarget.parse(configuration.backend().target()));
    return open(
        configuration,
        () -> Transport.server(configuration.server()),
        new Opened(),
        Telemetry::tracing,
        discovery,
        address -> Transport.channel(address, configuration.backend().pollInterval()));
  }

  private static ReplicaDiscovery discovery(BackendTarget target) {
    return target.name().isEmpty()
        ? ReplicaDiscovery.fixed(target.addresses())
        : new DnsDiscovery(target.name(), target.port());
  }

  /**
   * Starts a gateway in front of a server of Triton's protocol.
   *
   * @param backendChannel to the server; owned from now on, also where the start fails
   * @param replica name of that server in receipts
   * @throws IOException when the address cannot be bound or the speakers cannot be opened
   * @throws InvalidConfigurationException when TLS files cannot be read
   */
  public static Gateway start(
      GatewayConfiguration configuration, ManagedChannel backendChannel, String replica)
      throws IOException {
    return open(
        configuration,
        () -> Transport.server(configuration.server()),
        Telemetry::tracing,
        backendChannel,
        replica);
  }

  /**
   * Starts a gateway on a server of the caller's making, for example an in-process one.
   *
   * @param server not built yet; limits and services are added
   * @param backendChannel owned from now on, also where the start fails
   * @throws IOException when the address cannot be bound or the speakers cannot be opened
   */
  public static Gateway start(
      GatewayConfiguration configuration,
      ServerBuilder<?> server,
      ManagedChannel backendChannel,
      String replica)
      throws IOException {
    return open(configuration, () -> server, Telemetry::tracing, backendChannel, replica);
  }

  /** The same with tracing as the caller has it. */
  static Gateway start(
      GatewayConfiguration configuration,
      ServerBuilder<?> server,
      Optional<Tracing> tracing,
      ManagedChannel backendChannel,
      String replica)
      throws IOException {
    return open(configuration, () -> server, opened -> tracing, backendChannel, replica);
  }

  private static Gateway open(
      GatewayConfiguration configuration,
      Supplier<ServerBuilder<?>> serverBuilder,
      Function<Opened, Optional<Tracing>> tracing,
      ManagedChannel backendChannel,
      String replica)
      throws IOException {
    Opened opened = new Opened();
    opened.add(backendChannel::shutdownNow);
    return open(
        configuration,
        serverBuilder,
        opened,
        tracing,
        ReplicaDiscovery.fixed(List.of(replica)),
        address -> backendChannel);
  }

  /**
   * @param opened closed with the gateway, and where the start fails
   */
  private static Gateway open(
      GatewayConfiguration configuration,
      Supplier<ServerBuilder<?>> serverBuilder,
      Opened opened,
      Function<Opened, Optional<Tracing>> tracing,
      ReplicaDiscovery discovery,
      Function<String, ManagedChannel> channels)
      throws IOException {
    try {
      SpeakerStore store = SqliteSpeakerStore.open(Path.of(configuration.speakers().database()));
      opened.add(store::close);
      Telemetry telemetry = Telemetry.open(configuration.metrics(), tracing.apply(opened), opened);
      ExecutorService workers = telemetry.watched(Workers.create());
      opened.add(workers::shutdown);
      ExecutorService decoders = telemetry.watched(Workers.decoders());
      opened.add(decoders::shutdown);
      Readiness readiness = new Readiness();
      TritonBackend backend =
          TritonBackend.connect(
              discovery, channels, options(configuration), readiness::modelIsThere);
      opened.add(backend::close);
      BucketBatcher batcher =
          new BucketBatcher(
              backend,
              configuration.batching().settings(),
              Alarms.open(opened),
              System::nanoTime,
              telemetry.batches());
      opened.add(batcher::close);
      telemetry.watch(backend);
      telemetry.watch(batcher);
      AdmissionControl admission =
          new AdmissionControl(
              configuration.admission().settings(),
              batcher,
              System::nanoTime,
              () -> ThreadLocalRandom.current().nextDouble(),
              telemetry.admission());
      telemetry.watch(admission);
      Server server =
          assemble(
              configuration,
              serverBuilder.get(),
              telemetry,
              store,
              decoders,
              workers,
              backend,
              admission,
              batcher,
              readiness);
      opened.add(() -> drain(server, configuration.server().drainTimeLimit()));
      opened.add(readiness::leave);
      server.start();
      readiness.listening();
      return new Gateway(server, readiness, backend, batcher, telemetry, opened);
    } catch (IOException | RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  private static TritonOptions options(GatewayConfiguration configuration) {
    BackendConfiguration backend = configuration.backend();
    ReplicasConfiguration replicas = configuration.replicas();
    return new TritonOptions(
        backend.model(),
        backend.safetyLimit(),
        replicas.cancelUpstream(),
        replicas.maxCalls(),
        replicas.slowStart(),
        replicas.discoveryInterval(),
        new HealthOptions(
            backend.pollInterval(),
            replicas.answerLimit(),
            replicas.probeInterval(),
            replicas.stallLimit(),
            replicas.ejectionTime()));
  }

  private static Server assemble(
      GatewayConfiguration configuration,
      ServerBuilder<?> builder,
      Telemetry telemetry,
      SpeakerStore store,
      ExecutorService decoders,
      ExecutorService workers,
      InferenceBackend backend,
      AdmissionControl admission,
      Batcher batcher,
      Readiness readiness) {
    SpeakerDirectory speakers =
        new SpeakerDirectory(
            store, configuration.speakers().policy(), InstantSource.system(), UUID::randomUUID);
    UtterancePipeline pipeline =
        new UtterancePipeline(
            backend,
            admission,
            telemetry.watched(new StandardAudioDecoder()),
            batcher,
            decoders,
            workers);
    Mt2kdApi api =
        new Mt2kdApi(
            new Analyzer(pipeline, speakers, telemetry.receipts()),
            new SpeakerRecognizer(
                pipeline, backend, speakers, SpeechActivity::of, telemetry.receipts()),
            speakers,
            backend,
            new Mt2kdApi.Options(
                configuration.server().requestTimeLimit(),
                configuration.server().maxRequestBytes()),
            workers,
            System::nanoTime);
    telemetry.watch(builder);
    builder.maxInboundMessageSize(configuration.server().maxRequestBytes());
    api.services().forEach(builder::addService);
    readiness.watch(api.services());
    builder.addService(readiness.service());
    if (configuration.server().introspection()) {
      builder.addService(ProtoReflectionServiceV1.newInstance());
      builder.addService(ChannelzService.newInstance(100));
    }
    return builder.build();
  }

  @Override
  public int port() {
    return server.getPort();
  }

  /** Port of the metrics; -1 where they are off. */
  public int metricsPort() {
    return telemetry.metricsPort();
  }

  @Override
  public boolean awaitReady(Duration atMost) throws InterruptedException {
    return readiness.await(atMost);
  }

  /** How each replica of the model does now. */
  public List<ReplicaStatus> replicas() {
    return backend.statuses();
  }

  /** What waits for the model and what is under way now. */
  public BatcherLoad load() {
    return batcher.load();
  }

  @Override
  public void awaitTermination() throws InterruptedException {
    server.awaitTermination();
  }

  @Override
  public void close() {
    opened.close();
  }

  private static void drain(Server server, Duration timeLimit) {
    server.shutdown();
    try {
      if (!server.awaitTermination(timeLimit.toNanos(), TimeUnit.NANOSECONDS)) {
        log.warn("calls under way after {}: given up", timeLimit);
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
