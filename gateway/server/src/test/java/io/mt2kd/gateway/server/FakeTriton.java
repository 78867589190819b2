package io.mt2kd.gateway.server;

import com.google.protobuf.ByteString;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import inference.ModelConfig;
import inference.ModelConfigRequest;
import inference.ModelConfigResponse;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import inference.ModelInferResponse;
import inference.ModelInferResponse.InferOutputTensor;
import inference.ModelParameter;
import inference.ModelReadyRequest;
import inference.ModelReadyResponse;
import inference.ServerMetadataRequest;
import inference.ServerMetadataResponse;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A server of Triton's protocol, over the real gRPC stack, whose model hears nothing. Calls of the
 * gateway's own, for the warm-up and as probes, it answers by itself, the others when the test says
 * so.
 */
final class FakeTriton extends GRPCInferenceServiceImplBase
    implements BeforeEachCallback, AfterEachCallback {
  private static final Metadata.Key<String> TRACE_PARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<String> SEEN = Context.keyWithDefault("traceparent", "");
  private static final Set<String> OWN = Set.of("warm-up", "probe");
  private static final String MANIFEST =
      """
      {"schema": 1, "name": "fake", "version": "0.1.0", "fingerprint": "sha256:aa",
       "sample_rate_hertz": 16000, "minimum_samples": 1600, "maximum_samples": 320000,
       "bucket_seconds": [1, 2, 20], "tokens": ["<blk>", "a"], "token_seconds": 0.04,
       "labels": ["dog", "rain"], "embedding_size": 2, "max_batch_size": 8,
       "speaker": {"calibration": {"scale": 10, "offset": -5},
                   "false_accept": [{"rate": 0.1, "log_likelihood_ratio": 0},
                                    {"rate": 0.01, "log_likelihood_ratio": 2}]}}
      """;

  /** Calls that wait for the test. */
  final BlockingQueue<InferCall> calls = new LinkedBlockingQueue<>();

  private final String name = InProcessServerBuilder.generateName();
  private final Server server =
      InProcessServerBuilder.forName(name).intercept(FakeTriton::remember).addService(this).build();

  /**
   * One call of the model.
   *
   * @param traceParent that came with it; empty for none
   */
  record InferCall(
      ModelInferRequest request, String traceParent, StreamObserver<ModelInferResponse> caller) {
    void answer() {
      caller.onNext(nothingHeard(request));
      caller.onCompleted();
    }
  }

  ManagedChannel channel() {
    return InProcessChannelBuilder.forName(name).build();
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    server.start();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    server.shutdownNow();
  }

  private static <Q, A> ServerCall.Listener<Q> remember(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String traceParent = headers.get(TRACE_PARENT);
    return traceParent == null
        ? next.startCall(call, headers)
        : Contexts.interceptCall(
            Context.current().withValue(SEEN, traceParent), call, headers, next);
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> caller) {
    caller.onNext(ModelReadyResponse.newBuilder().setReady(true).build());
    caller.onCompleted();
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> caller) {
    caller.onNext(ServerMetadataResponse.newBuilder().setName("triton").setVersion("1").build());
    caller.onCompleted();
  }

  @Override
  public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> caller) {
    caller.onNext(
        ModelConfigResponse.newBuilder()
            .setConfig(
                ModelConfig.newBuilder()
                    .setName(request.getName())
                    .putParameters(
                        "manifest", ModelParameter.newBuilder().setStringValue(MANIFEST).build()))
            .build());
    caller.onCompleted();
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> caller) {
    InferCall call = new InferCall(request, SEEN.get(), caller);
    if (OWN.contains(request.getId())) {
      call.answer();
    } else {
      calls.add(call);
    }
  }

  private static ModelInferResponse nothingHeard(ModelInferRequest request) {
    int rows = (int) request.getInputs(0).getShape(0);
    ModelInferResponse.Builder response = ModelInferResponse.newBuilder();
    for (InferRequestedOutputTensor output : request.getOutputsList()) {
      String tensor = output.getName();
      int columns = tensor.equals("tag_logits") || tensor.equals("voiceprint") ? 2 : 1;
      ByteBuffer content = ByteBuffer.allocate(4 * rows * columns).order(ByteOrder.LITTLE_ENDIAN);
      if (tensor.equals("voiceprint")) {
        for (int row = 0; row < rows; row++) {
          content.putFloat(8 * row, 1);
        }
      }
      response
          .addOutputs(
              InferOutputTensor.newBuilder()
                  .setName(tensor)
                  .setDatatype(tensor.equals("tokens") ? "INT32" : "FP32")
                  .addShape(rows)
                  .addShape(columns))
          .addRawOutputContents(ByteString.copyFrom(content));
    }
    return response.build();
  }
}
