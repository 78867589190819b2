package io.mt2kd.engine;

import static io.mt2kd.engine.Tensors.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub;
import inference.ModelInferResponse;
import inference.ModelStatisticsRequest;
import inference.ServerLiveRequest;
import inference.ServerMetadataRequest;
import io.grpc.ForwardingServerBuilder;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LifecycleTest {
  private static final EngineOptions COPIES = EngineOptions.builder().models("copies").build();

  @Test
  void servesOnAFreePortOfTheLoopbackInterface() throws Exception {
    try (var engine = EmbeddedEngine.load(EngineFixture.repository(), COPIES).start()) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(
                  InetAddress.getLoopbackAddress().getHostAddress(), engine.port())
              .usePlaintext()
              .maxInboundMessageSize(Integer.MAX_VALUE)
              .build();
      var stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
      // Above gRPC's default limit of 4 MB in both directions.
      var many = new float[2_000_000];
      many[many.length - 1] = 5;

      assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
      float[] reply = Tensors.floats(stub.modelInfer(vector("copies", many).build()), "y");
      assertThat(reply).hasSize(many.length).endsWith(5);
      channel.shutdownNow();
    }
  }

  @Test
  void refusesAMessageAboveTheConfiguredLimit() throws Exception {
    var options = EngineOptions.builder().models("copies").maxInboundMessageBytes(1000).build();
    try (var engine = EmbeddedEngine.load(EngineFixture.repository(), options).start()) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(
                  InetAddress.getLoopbackAddress().getHostAddress(), engine.port())
              .usePlaintext()
              .build();
      var stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);

      assertThatThrownBy(() -> stub.modelInfer(vector("copies", new float[400]).build()))
          .extracting(Status::fromThrowable)
          .extracting(Status::getCode)
          .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      channel.shutdownNow();
    }
  }

  @Test
  void hasNoPortBeforeItIsStarted() {
    try (var engine = EmbeddedEngine.load(EngineFixture.repository(), COPIES)) {
      assertThatThrownBy(engine::port).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aMountedServiceIsUnavailableAfterClose() throws Exception {
    var engine = EmbeddedEngine.load(EngineFixture.repository(), COPIES);
    String name = InProcessServerBuilder.generateName();
    Server server =
        InProcessServerBuilder.forName(name).addService(engine.service()).build().start();
    ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
    var stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
    assertThat(stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()).getName())
        .isEqualTo("mt2kd-embedded-engine");

    engine.close();
    engine.close();

    assertThatThrownBy(() -> stub.modelInfer(vector("copies", 1).build()))
        .extracting(Status::fromThrowable)
        .extracting(Status::getCode)
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThatThrownBy(() -> stub.serverLive(ServerLiveRequest.getDefaultInstance()))
        .extracting(Status::fromThrowable)
        .extracting(Status::getCode)
        .isEqualTo(Status.Code.UNAVAILABLE);
    channel.shutdownNow();
    server.shutdownNow();
  }

  @Test
  void refusesToStartAfterClose() {
    var engine = EmbeddedEngine.load(EngineFixture.repository(), COPIES);
    engine.close();

    assertThatThrownBy(engine::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void finishesAcceptedRequestsWhileItCloses() throws Exception {
    var gate = new GateExecutor();
    var fixture = new EngineFixture(COPIES, gate);
    ListenableFuture<ModelInferResponse> accepted = infer(fixture, 3);
    gate.awaitWaiting(1);

    Thread closing = closingThatWaits(fixture.engine);
    gate.runAll();

    assertThat(Tensors.floats(accepted.get(10, TimeUnit.SECONDS), "y")).containsExactly(3);
    closing.join();
    assertThat(fixture.engine.openTensors()).isZero();
    fixture.close();
  }

  @Test
  void givesTheModelsBackAfterAnInterruptedClose() throws Exception {
    var gate = new GateExecutor();
    var fixture = new EngineFixture(COPIES, gate);
    ListenableFuture<ModelInferResponse> accepted = infer(fixture, 3);
    gate.awaitWaiting(1);
    Thread closing = closingThatWaits(fixture.engine);

    closing.interrupt();
    closing.join();

    assertThat(fixture.engine.released()).as("a step may still run").isNotDone();
    gate.runAll();
    fixture.engine.released().get(10, TimeUnit.SECONDS);
    assertThat(failure(accepted)).isNotEqualTo(Status.Code.OK);
    assertThat(fixture.engine.openTensors()).isZero();
    fixture.close();
  }

  @Test
  void servesNobodyWhereTheCloseOvertakesTheStart() {
    var engine = EmbeddedEngine.load(EngineFixture.repository(), COPIES);
    var builder = new ClosingBuilder(engine);

    assertThatThrownBy(() -> engine.start(builder)).isInstanceOf(IllegalStateException.class);

    assertThat(builder.server.isShutdown()).isTrue();
  }

  @Test
  void answersUnavailableWhatItCouldNotFinishInTime() throws Exception {
    var gate = new GateExecutor();
    var options = EngineOptions.builder().models("copies").drainTimeout(Duration.ZERO).build();
    var fixture = new EngineFixture(options, gate);
    ListenableFuture<ModelInferResponse> accepted = infer(fixture, 3);
    gate.awaitWaiting(1);

    var closing = new Thread(fixture.engine::close);
    closing.start();
    while (!gate.isShutdown()) {
      Thread.onSpinWait();
    }
    gate.runAll();

    assertThat(failure(accepted)).isEqualTo(Status.Code.UNAVAILABLE);
    closing.join();
    assertThat(fixture.engine.openTensors()).isZero();
    fixture.close();
  }

  @Test
  void refusesMoreRequestsThanMayWaitAndServesAgainAfterwards() throws Exception {
    var gate = new GateExecutor();
    var options = EngineOptions.builder().models("copies").maxQueuedRequests(2).build();
    try (var fixture = new EngineFixture(options, gate)) {
      var accepted = new ArrayList<ListenableFuture<ModelInferResponse>>();
      accepted.add(infer(fixture, 1));
      accepted.add(infer(fixture, 2));
      gate.awaitWaiting(2);

      assertThat(failure(infer(fixture, 3))).isEqualTo(Status.Code.UNAVAILABLE);
      gate.runAll();
      assertThat(Tensors.floats(accepted.get(0).get(), "y")).containsExactly(1);
      assertThat(Tensors.floats(accepted.get(1).get(), "y")).containsExactly(2);

      ListenableFuture<ModelInferResponse> later = infer(fixture, 4);
      gate.awaitWaiting(1);
      gate.runAll();
      assertThat(Tensors.floats(later.get(), "y")).containsExactly(4);
    }
  }

  @Test
  void dropsTheQueuedWorkOfACallerThatHasGone() throws Exception {
    var gate = new GateExecutor();
    try (var fixture = new EngineFixture(COPIES, gate)) {
      ListenableFuture<ModelInferResponse> gone = infer(fixture, 1);
      gate.awaitWaiting(1);
      gone.cancel(true);
      // Any later call on the channel is behind the cancel.
      var statistics = ModelStatisticsRequest.newBuilder().setName("copies").build();
      fixture.stub.modelStatistics(statistics);
      gate.runAll();

      assertThat(fixture.stub.modelStatistics(statistics).getModelStats(0).getExecutionCount())
          .isZero();
      assertThat(fixture.engine.openTensors()).isZero();
    }
  }

  @Test
  void rejectsOptionsOutOfRange() {
    var builder = EngineOptions.builder();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.intraOpThreads(0))
        .withMessage("intraOpThreads: 0 (expected: >= 1)");
    assertThatIllegalArgumentException().isThrownBy(() -> builder.executorThreads(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxQueuedRequests(0));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxInboundMessageBytes(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.drainTimeout(Duration.ofSeconds(-1)))
        .withMessageContaining("drainTimeout");
  }

  /** Begins to close, and returns when that waits for the requests. */
  private static Thread closingThatWaits(EmbeddedEngine engine) {
    var closing = new Thread(engine::close);
    closing.start();
    while (closing.getState() != Thread.State.TIMED_WAITING) {
      assertThat(closing.getState()).isNotEqualTo(Thread.State.TERMINATED);
      Thread.onSpinWait();
    }
    return closing;
  }

  private static ListenableFuture<ModelInferResponse> infer(EngineFixture fixture, float value) {
    GRPCInferenceServiceFutureStub stub = GRPCInferenceServiceGrpc.newFutureStub(fixture.channel);
    return stub.modelInfer(vector("copies", value).build());
  }

  private static Status.Code failure(ListenableFuture<ModelInferResponse> call)
      throws InterruptedException {
    try {
      call.get();
    } catch (ExecutionException e) {
      return Status.fromThrowable(e.getCause()).getCode();
    }
    return Status.Code.OK;
  }

  /** Closes the engine at the moment between its looking and its server's start. */
  private static final class ClosingBuilder extends ForwardingServerBuilder<ClosingBuilder> {
    private final ServerBuilder<?> delegate =
        InProcessServerBuilder.forName(InProcessServerBuilder.generateName());
    private final EmbeddedEngine engine;
    private final Server server;

    ClosingBuilder(EmbeddedEngine engine) {
      this.engine = engine;
      this.server = delegate.addService(engine.service()).build();
    }

    @Override
    protected ServerBuilder<?> delegate() {
      return delegate;
    }

    @Override
    public Server build() {
      engine.close();
      return server;
    }
  }
}
