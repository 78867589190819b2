package io.mt2kd.gateway.triton.internal.protocol;

import inference.GRPCInferenceServiceGrpc;
import inference.ModelConfigRequest;
import inference.ModelConfigResponse;
import inference.ModelReadyRequest;
import inference.ServerMetadataRequest;
import inference.ServerMetadataResponse;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks one server whether the model is there and which one it is. The manifest travels inside the
 * model's configuration, so that gateway and model cannot disagree. Thread-safe: a look on a
 * connection that was left may end beside the next.
 */
public final class ModelLook {
  private static final String MANIFEST = "manifest";

  /** Of a reply: a hundred times the manifest of a large model. */
  private static final int MOST_BYTES = 16 << 20;

  private final Channel channel;
  private final String replica;
  private final String model;
  private final Duration limit;

  private final Set<UnaryCall<?>> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  /** It is large and almost always that of the look before. */
  private volatile @Nullable Parsed last;

  private record Parsed(String text, ModelManifest manifest) {}

  /**
   * @param replica name of the server in receipts and logs
   * @param model name of the ensemble
   * @param limit after which a look is given up for lost
   */
  public ModelLook(Channel channel, String replica, String model, Duration limit) {
    this.channel = channel;
    this.replica = replica;
    this.model = model;
    this.limit = limit;
  }

  /**
   * What a server says.
   *
   * @param model that it serves; null for none
   * @param absence why there is none
   * @param cause for the log
   */
  public record Answer(@Nullable ServedModel model, String absence, @Nullable Throwable cause) {
    static Answer absent(String reason, @Nullable Throwable cause) {
      return new Answer(null, reason, cause);
    }
  }

  /** Ends exceptionally where the server does not answer. */
  public CompletableFuture<Answer> look() {
    return ask(
            GRPCInferenceServiceGrpc.getModelReadyMethod(),
            ModelReadyRequest.newBuilder().setName(model).build())
        .thenCompose(
            ready ->
                ready.getReady()
                    ? describe()
                    : CompletableFuture.completedFuture(
                        Answer.absent("the model is not ready", null)));
  }

  /** Breaks off the look under way, which ends exceptionally, and so does every later one. */
  public void stop() {
    stopped = true;
    underWay.forEach(UnaryCall::cancel);
  }

  private CompletableFuture<Answer> describe() {
    return ask(
            GRPCInferenceServiceGrpc.getModelConfigMethod(),
            ModelConfigRequest.newBuilder().setName(model).build())
        .thenCombine(
            ask(
                GRPCInferenceServiceGrpc.getServerMetadataMethod(),
                ServerMetadataRequest.getDefaultInstance()),
            this::read);
  }

  private Answer read(ModelConfigResponse config, ServerMetadataResponse metadata) {
    try {
      return new Answer(
          new ServedModel(manifest(config), metadata.getName(), metadata.getVersion(), replica),
          "",
          null);
    } catch (IllegalArgumentException e) {
      return Answer.absent("the model server's manifest cannot be read", e);
    }
  }

  private ModelManifest manifest(ModelConfigResponse config) {
    if (!config.getConfig().containsParameters(MANIFEST)) {
      throw new IllegalArgumentException("no parameter " + MANIFEST + " in the configuration");
    }
    String text = config.getConfig().getParametersOrThrow(MANIFEST).getStringValue();
    Parsed known = last;
    if (known != null && text.equals(known.text())) {
      return known.manifest();
    }
    ModelManifest read = ModelManifest.parse(text);
    last = new Parsed(text, read);
    return read;
  }

  private <Q, T> CompletableFuture<T> ask(MethodDescriptor<Q, T> method, Q request) {
    UnaryCall<T> call = UnaryCall.start(channel, method, request, limit, MOST_BYTES, "");
    underWay.add(call);
    // The stop may have come in between.
    if (stopped) {
      call.cancel();
    }
    return call.reply().whenComplete((reply, failure) -> underWay.remove(call));
  }
}
