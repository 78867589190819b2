package io.mt2kd.gateway.grpc;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.admission.AdmissionListener;
import io.mt2kd.gateway.core.admission.AdmissionSettings;
import io.mt2kd.gateway.core.analysis.Analyzer;
import io.mt2kd.gateway.core.analysis.SpeakerRecognizer;
import io.mt2kd.gateway.core.analysis.UtterancePipeline;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.Batcher;
import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.BucketBatcher;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.speaker.EnrollmentPolicy;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The typed API over the real gRPC stack in process, with a fake model behind it. */
final class GatewayInProcess implements BeforeEachCallback, AfterEachCallback {
  /** What a client's HTTP/2 stack takes by default: a larger status never arrives. */
  private static final int METADATA_BYTES = 8192;

  private static final int WORKERS = 4;

  final FakeBackend backend = new FakeBackend();
  final InMemorySpeakerStore store = new InMemorySpeakerStore();

  /**
   * A permit for each call that had left work to the workers and has ended on the server's side:
   * the gateway knows of the ending by then.
   */
  final Semaphore ended = new Semaphore(0);

  /** A permit for each task that a call has left to the workers. */
  final Semaphore left = new Semaphore(0);

  /** The deadline of each utterance that has reached the batcher. */
  final BlockingQueue<Long> deadlines = new LinkedBlockingQueue<>();

  /** The class of each. */
  final BlockingQueue<Priority> priorities = new LinkedBlockingQueue<>();

  final BucketBatcher batcher;
  final AdmissionControl admission;

  private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
  private final Server server;
  private final ManagedChannel channel;

  GatewayInProcess() {
    this(Duration.ofMinutes(1), 16);
  }

  /**
   * @param batchesInFlight most at the backend; until then nobody waits for a fuller batch
   */
  GatewayInProcess(Duration timeLimit, int batchesInFlight) {
    this(timeLimit, batchesInFlight, AdmissionSettings.DEFAULT);
  }

  GatewayInProcess(Duration timeLimit, int batchesInFlight, AdmissionSettings settings) {
    batcher =
        new BucketBatcher(
            backend,
            new BatchingSettings(batchesInFlight, Duration.ZERO),
            (delayNanos, task) -> {},
            System::nanoTime);
    // Stands still: no claim runs out while a slow machine gets on.
    long now = System.nanoTime();
    admission = new AdmissionControl(settings, batcher, () -> now, () -> 0, AdmissionListener.NONE);
    Batcher watched =
        (requestId, model, waveform, heads, priority, deadlineNanos) -> {
          deadlines.add(deadlineNanos);
          priorities.add(priority);
          return batcher.submit(requestId, model, waveform, heads, priority, deadlineNanos);
        };
    SpeakerDirectory speakers =
        new SpeakerDirectory(
            store, EnrollmentPolicy.DEFAULT, () -> Instant.ofEpochSecond(42), UUID::randomUUID);
    UtterancePipeline pipeline =
        new UtterancePipeline(
            backend, admission, new FakeDecoder(), watched, this::leave, this::leave);
    Mt2kdApi api =
        new Mt2kdApi(
            new Analyzer(pipeline, speakers),
            new SpeakerRecognizer(pipeline, backend, speakers, Waveform::duration),
            speakers,
            backend,
            new Mt2kdApi.Options(timeLimit, 1 << 20),
            this::leave,
            System::nanoTime);
    String name = InProcessServerBuilder.generateName();
    InProcessServerBuilder builder = InProcessServerBuilder.forName(name);
    api.services().forEach(builder::addService);
    server = builder.build();
    channel = InProcessChannelBuilder.forName(name).maxInboundMetadataSize(METADATA_BYTES).build();
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    server.start();
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    workers.shutdownNow();
  }

  /** Lets whatever the calls leave to the workers wait for the latch. */
  void occupyWorkers(CountDownLatch until) {
    for (int i = 0; i < WORKERS; i++) {
      workers.submit(
          () -> {
            until.await();
            return true;
          });
    }
  }

  /** Waits for what the calls left to the workers; none can follow. */
  void finishWork() throws InterruptedException {
    workers.shutdown();
    if (!workers.awaitTermination(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("workers still busy");
    }
  }

  private void leave(Runnable task) {
    // Listeners are told in their order: the gateway's own, which the call has set by now, is
    // first.
    Context.current().addListener(context -> ended.release(), Runnable::run);
    workers.execute(task);
    left.release();
  }

  /** To the gateway, in nobody's name. */
  Channel channel() {
    return channel;
  }

  /** To the gateway, with this value of the tenant's header. */
  Channel channelOf(String tenant) {
    return channelWith("mt2kd-tenant", tenant);
  }

  /** To the gateway, with this header. */
  Channel channelWith(String header, String value) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }
}
