package io.mt2kd.benchmarks.simulated;

import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import inference.ModelConfig;
import inference.ModelConfigRequest;
import inference.ModelConfigResponse;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import inference.ModelParameter;
import inference.ModelReadyRequest;
import inference.ModelReadyResponse;
import inference.ModelStatistics;
import inference.ModelStatisticsRequest;
import inference.ModelStatisticsResponse;
import inference.ServerMetadataRequest;
import inference.ServerMetadataResponse;
import inference.ServerReadyRequest;
import inference.ServerReadyResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * A server of Triton's protocol that answers as the ensemble of a manifest does, after the time
 * that a {@link SimulatedDevice} takes. Its answers have the right shapes and mean nothing. Like
 * Triton it goes on with what its caller has given up.
 */
public final class SimulatedTriton extends GRPCInferenceServiceImplBase implements AutoCloseable {
  private final String manifest;
  private final SimulatedAnswers answers;
  private final int maximumBatchSize;
  private final SimulatedDevice device;
  private final Server server;

  private SimulatedTriton(String manifest, CostCurve curve, Duration maximumDelay)
      throws IOException {
    ModelManifest parsed = ModelManifest.parse(manifest);
    this.manifest = manifest;
    this.answers = new SimulatedAnswers(parsed);
    this.maximumBatchSize = parsed.maxBatchSize();
    this.device = new SimulatedDevice(curve, maximumBatchSize, maximumDelay);
    this.server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(this)
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
  }

  /**
   * Starts it on a free port of the loopback interface.
   *
   * @param manifest of the model that it pretends to serve, as JSON
   * @param maximumDelay for which its batcher waits for a fuller batch
   */
  public static SimulatedTriton start(String manifest, CostCurve curve, Duration maximumDelay)
      throws IOException {
    SimulatedTriton triton = new SimulatedTriton(manifest, curve, maximumDelay);
    triton.server.start();
    return triton;
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
    long rows = request.getInputs(0).getShape(0);
    int samples = Math.toIntExact(request.getInputs(0).getShape(1));
    if (rows < 1 || rows > maximumBatchSize) {
      observer.onError(
          Status.INVALID_ARGUMENT
              .withDescription("inference request batch-size must be <= " + maximumBatchSize)
              .asRuntimeException());
      return;
    }
    // Without the audio, which must not live as long as the queue is.
    ModelInferResponse answer = answers.to(request);
    device.submit((int) rows, samples, () -> reply(observer, answer));
  }

  @Override
  public void serverReady(
      ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
    reply(observer, ServerReadyResponse.newBuilder().setReady(true).build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
    reply(observer, ModelReadyResponse.newBuilder().setReady(true).build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
    reply(
        observer, ServerMetadataResponse.newBuilder().setName("simulated").setVersion("1").build());
  }

  @Override
  public void modelConfig(
      ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
    reply(
        observer,
        ModelConfigResponse.newBuilder()
            .setConfig(
                ModelConfig.newBuilder()
                    .setName(request.getName())
                    .setMaxBatchSize(maximumBatchSize)
                    .putParameters(
                        "manifest", ModelParameter.newBuilder().setStringValue(manifest).build()))
            .build());
  }

  @Override
  public void modelStatistics(
      ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
    SimulatedDevice.Count count = device.count();
    reply(
        observer,
        ModelStatisticsResponse.newBuilder()
            .addModelStats(
                ModelStatistics.newBuilder()
                    .setName(request.getName())
                    .setInferenceCount(count.utterances())
                    .setExecutionCount(count.batches()))
            .build());
  }

  @Override
  public void close() {
    server.shutdownNow();
    device.close();
  }

  private static <T> void reply(StreamObserver<T> observer, T message) {
    try {
      observer.onNext(message);
      observer.onCompleted();
    } catch (IllegalStateException | io.grpc.StatusRuntimeException e) {
      // Nobody waits for it any more: the time is spent all the same.
    }
  }
}
