package io.mt2kd.it.harness;

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
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A server of Triton's protocol on a real port, with the manifest of the model under test and no
 * model: it hears nothing, at once, so that what a test measures is the gateway.
 */
public final class FakeTriton extends GRPCInferenceServiceImplBase implements AutoCloseable {
  private static final Set<String> OWN = Set.of("warm-up", "probe");

  private final String manifest;
  private final int labels;
  private final int embeddingSize;
  private final Server server;

  /** Calls that are held back, the gateway's own left out. */
  private final BlockingQueue<ModelInferRequest> held = new LinkedBlockingQueue<>();

  private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();

  /** Those of them that were cancelled. */
  private final BlockingQueue<ModelInferRequest> cancelled = new LinkedBlockingQueue<>();

  private volatile boolean holding;
  private volatile int surplusFloats;

  private FakeTriton() throws IOException {
    manifest = Files.readString(ModelRepository.onnxruntime().resolve("model.json"));
    labels = ModelRepository.manifest().path("labels").size();
    embeddingSize = ModelRepository.manifest().path("embedding_size").asInt();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .addService(this)
            .build()
            .start();
  }

  /** Serves on a free port. */
  public static FakeTriton start() throws IOException {
    return new FakeTriton();
  }

  /** On the loopback interface, gRPC. */
  public int port() {
    return server.getPort();
  }

  /** A channel to it, the caller's to shut down. */
  public ManagedChannel channel() {
    return NettyChannelBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port()))
        .usePlaintext()
        .disableRetry()
        .build();
  }

  /** Adds an output of so many numbers to each reply from now on. */
  public void addSurplus(int floats) {
    surplusFloats = floats;
  }

  /** Answers no call of a caller from now on. */
  public void hold() {
    holding = true;
  }

  /** Answers what was held back, and everything from now on. */
  public void release() {
    holding = false;
    for (Runnable answer = answers.poll(); answer != null; answer = answers.poll()) {
      answer.run();
    }
  }

  /** The oldest call that is held back and was not taken yet; waits for one. */
  public ModelInferRequest awaitHeld() throws InterruptedException {
    return first(held);
  }

  /** The first call that was held back and cancelled and was not taken yet; waits for one. */
  public ModelInferRequest awaitCancelled() throws InterruptedException {
    return first(cancelled);
  }

  private static ModelInferRequest first(BlockingQueue<ModelInferRequest> requests)
      throws InterruptedException {
    ModelInferRequest request = requests.poll(60, TimeUnit.SECONDS);
    if (request == null) {
      throw new AssertionError("no call after a minute");
    }
    return request;
  }

  /** How many calls are held back that nobody has taken. */
  public int heldCalls() {
    return held.size();
  }

  /** Breaks off what is under way, as a crash does. */
  @Override
  public void close() {
    server.shutdownNow();
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
    answer(observer, ModelReadyResponse.newBuilder().setReady(true).build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
    answer(observer, ServerMetadataResponse.newBuilder().setName("fake").setVersion("1").build());
  }

  @Override
  public void modelConfig(
      ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
    ModelConfig config =
        ModelConfig.newBuilder()
            .setName(request.getName())
            .putParameters("manifest", ModelParameter.newBuilder().setStringValue(manifest).build())
            .build();
    answer(observer, ModelConfigResponse.newBuilder().setConfig(config).build());
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
    if (holding && !OWN.contains(request.getId())) {
      ((ServerCallStreamObserver<ModelInferResponse>) observer)
          .setOnCancelHandler(() -> cancelled.add(request));
      answers.add(() -> answer(observer, nothingHeard(request)));
      held.add(request);
      return;
    }
    answer(observer, nothingHeard(request));
  }

  private ModelInferResponse nothingHeard(ModelInferRequest request) {
    int rows = (int) request.getInputs(0).getShape(0);
    ModelInferResponse.Builder response =
        ModelInferResponse.newBuilder().setModelName(request.getModelName()).setId(request.getId());
    for (InferRequestedOutputTensor output : request.getOutputsList()) {
      switch (output.getName()) {
        case "tokens" -> add(response, "tokens", "INT32", rows, 1);
        case "tag_logits" -> add(response, "tag_logits", "FP32", rows, labels);
        case "voiceprint" -> add(response, "voiceprint", "FP32", rows, embeddingSize);
        default -> add(response, output.getName(), "FP32", rows, 1);
      }
    }
    if (surplusFloats > 0) {
      add(response, "surplus", "FP32", 1, surplusFloats);
    }
    return response.build();
  }

  /** Zeros, but for voiceprints, which have a length of one. */
  private static void add(
      ModelInferResponse.Builder response, String name, String datatype, int rows, int columns) {
    ByteBuffer content =
        ByteBuffer.allocate(rows * columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; name.equals("voiceprint") && row < rows; row++) {
      content.putFloat(row * columns * Float.BYTES, 1);
    }
    response
        .addOutputs(
            InferOutputTensor.newBuilder()
                .setName(name)
                .setDatatype(datatype)
                .addShape(rows)
                .addShape(columns))
        .addRawOutputContents(ByteString.copyFrom(content));
  }

  private static <A> void answer(StreamObserver<A> observer, A reply) {
    observer.onNext(reply);
    observer.onCompleted();
  }
}
