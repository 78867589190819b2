package io.mt2kd.gateway.grpc;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.mt2kd.gateway.core.analysis.Analyzer;
import io.mt2kd.gateway.core.analysis.SpeakerRecognizer;
import io.mt2kd.gateway.core.analysis.UtterancePipeline;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.OneByOneBatcher;
import io.mt2kd.gateway.core.speaker.EnrollmentPolicy;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The typed API over the real gRPC stack in process, with a fake model behind it. */
final class GatewayInProcess implements BeforeEachCallback, AfterEachCallback {
  /** What a client's HTTP/2 stack takes by default: a larger status never arrives. */
  private static final int METADATA_BYTES = 8192;

  final FakeBackend backend = new FakeBackend();
  final InMemorySpeakerStore store = new InMemorySpeakerStore();
  private final ExecutorService workers = Executors.newFixedThreadPool(4);
  private final Mt2kdApi.Options options;
  private Server server;
  private ManagedChannel channel;

  GatewayInProcess() {
    this(Duration.ofMinutes(1));
  }

  GatewayInProcess(Duration timeLimit) {
    this.options = new Mt2kdApi.Options(timeLimit, 1 << 20);
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    SpeakerDirectory speakers =
        new SpeakerDirectory(
            store, EnrollmentPolicy.DEFAULT, () -> Instant.ofEpochSecond(42), UUID::randomUUID);
    UtterancePipeline pipeline =
        new UtterancePipeline(backend, new FakeDecoder(), new OneByOneBatcher(backend), workers);
    Mt2kdApi api =
        new Mt2kdApi(
            new Analyzer(pipeline, speakers),
            new SpeakerRecognizer(pipeline, backend, speakers, Waveform::duration, workers),
            speakers,
            backend,
            options,
            workers,
            System::nanoTime);
    String name = InProcessServerBuilder.generateName();
    InProcessServerBuilder builder = InProcessServerBuilder.forName(name);
    api.services().forEach(builder::addService);
    server = builder.build().start();
    channel =
        InProcessChannelBuilder.forName(name).maxInboundMetadataSize(METADATA_BYTES).build();
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    workers.shutdownNow();
  }

  /** To the gateway, in nobody's name. */
  Channel channel() {
    return channel;
  }

  /** To the gateway, with this value of the tenant's header. */
  Channel channelOf(String tenant) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("mt2kd-tenant", Metadata.ASCII_STRING_MARSHALLER), tenant);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }
}
