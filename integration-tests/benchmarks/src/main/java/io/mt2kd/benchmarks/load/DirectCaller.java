package io.mt2kd.benchmarks.load;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import inference.GRPCInferenceServiceGrpc;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.mt2kd.benchmarks.workload.Utterance;
import io.mt2kd.it.harness.Inference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntUnaryOperator;

/**
 * Straight to the backend's ensemble, one utterance a request, for all heads. Never with a
 * deadline: when one passes, the call is cancelled, which kills Triton 24.10.
 */
public final class DirectCaller implements Caller {
  private final Channel channel;
  private final IntUnaryOperator padding;
  private final Map<Integer, ModelInferRequest> requests = new ConcurrentHashMap<>();

  /**
   * @param padding samples that an utterance of so many is padded to by the caller
   */
  public DirectCaller(Channel channel, IntUnaryOperator padding) {
    this.channel = channel;
    this.padding = padding;
  }

  @Override
  public CompletableFuture<Reply> call(Utterance utterance, long lateNanos) {
    ModelInferRequest request =
        requests.computeIfAbsent(
            utterance.index(),
            index -> {
              int samples = padding.applyAsInt(utterance.samples().length);
              return request(samples, List.of(utterance));
            });
    return call(request);
  }

  /** The request of a whole batch, each padded to so many samples. */
  public static ModelInferRequest request(int samples, List<Utterance> batch) {
    ByteString audio = ByteString.EMPTY;
    ByteBuffer lengths =
        ByteBuffer.allocate(batch.size() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Utterance utterance : batch) {
      audio = audio.concat(utterance.padded(samples));
      lengths.putInt(utterance.samples().length);
    }
    ModelInferRequest.Builder request =
        ModelInferRequest.newBuilder()
            .setModelName(Inference.ENSEMBLE)
            .addInputs(input("audio", "INT16", batch.size(), samples))
            .addInputs(input("audio_lengths", "INT32", batch.size(), 1))
            // Flat, as the gateway's are: a rope would be copied at every call.
            .addRawInputContents(UnsafeByteOperations.unsafeWrap(audio.toByteArray()))
            .addRawInputContents(UnsafeByteOperations.unsafeWrap(lengths.rewind()));
    Inference.HEADS.forEach(
        outputs ->
            outputs.forEach(
                name -> request.addOutputs(InferRequestedOutputTensor.newBuilder().setName(name))));
    return request.build();
  }

  /** Sends it. */
  public CompletableFuture<Reply> call(ModelInferRequest request) {
    long samples = request.getInputs(0).getShape(1);
    return UnaryCall.start(
            channel, GRPCInferenceServiceGrpc.getModelInferMethod(), CallOptions.DEFAULT, request)
        .thenApply(response -> Reply.direct(samples));
  }

  private static InferInputTensor input(String name, String datatype, long... shape) {
    return Inference.input(name, datatype, shape).build();
  }
}
