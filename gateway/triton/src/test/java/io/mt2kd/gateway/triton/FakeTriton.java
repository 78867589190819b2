package io.mt2kd.gateway.triton;

import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import inference.ModelConfig;
import inference.ModelConfigRequest;
import inference.ModelConfigResponse;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import inference.ModelParameter;
import inference.ModelReadyRequest;
import inference.ModelReadyResponse;
import inference.ServerMetadataRequest;
import inference.ServerMetadataResponse;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A server of Triton's protocol that does what the test says, over the real gRPC stack. */
final class FakeTriton extends GRPCInferenceServiceImplBase
    implements BeforeEachCallback, AfterEachCallback {
  /** Calls of the model that wait for the test to answer them. */
  final BlockingQueue<InferCall> inferCalls = new LinkedBlockingQueue<>();

  volatile boolean ready = true;
  volatile @Nullable String manifest = Manifests.JSON;
  volatile @Nullable Status failure;

  /** Runs before a look is answered. */
  volatile Runnable onLook = () -> {};

  private final String name = InProcessServerBuilder.generateName();
  private final Server server = InProcessServerBuilder.forName(name).addService(this).build();

  /**
   * One call of the model.
   *
   * @param request as it arrived
   * @param caller to be answered
   * @param deadline that came with it
   */
  record InferCall(
      ModelInferRequest request,
      ServerCallStreamObserver<ModelInferResponse> caller,
      @Nullable Deadline deadline) {
    void reply(ModelInferResponse response) {
      caller.onNext(response);
      caller.onCompleted();
    }

    void fail(Status status) {
      caller.onError(status.asRuntimeException());
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    server.start();
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  ManagedChannel channel() {
    return InProcessChannelBuilder.forName(name).build();
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
    onLook.run();
    answer(observer, ModelReadyResponse.newBuilder().setReady(ready).build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
    answer(
        observer,
        ServerMetadataResponse.newBuilder().setName("triton").setVersion("2.51.0").build());
  }

  @Override
  public void modelConfig(
      ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
    ModelConfig.Builder config = ModelConfig.newBuilder().setName(request.getName());
    String text = manifest;
    if (text != null) {
      config.putParameters("manifest", ModelParameter.newBuilder().setStringValue(text).build());
    }
    answer(observer, ModelConfigResponse.newBuilder().setConfig(config).build());
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
    ServerCallStreamObserver<ModelInferResponse> caller =
        (ServerCallStreamObserver<ModelInferResponse>) observer;
    caller.setOnCancelHandler(() -> {});
    inferCalls.add(new InferCall(request, caller, Context.current().getDeadline()));
  }

  private <A> void answer(StreamObserver<A> observer, A reply) {
    Status refusal = failure;
    if (refusal != null) {
      observer.onError(refusal.asRuntimeException());
      return;
    }
    observer.onNext(reply);
    observer.onCompleted();
  }
}
