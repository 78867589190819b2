package io.mt2kd.engine;

import inference.InferParameter;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import inference.ModelInferResponse.InferOutputTensor;
import io.grpc.stub.ServerCallStreamObserver;
import io.mt2kd.engine.StatisticsRecorder.Durations;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One accepted {@code ModelInfer}, from the queue to the answer.
 *
 * <p>Endings: answered, failed, or dropped because the caller went away or the engine stops. Each
 * releases the ticket once, before the caller hears of it, so that a caller who sends the next
 * request on the answer finds its place free.
 */
final class InferenceCall implements PlanExecution.Listener {
  private static final Logger logger = LoggerFactory.getLogger(InferenceCall.class);

  // A real Triton adds these to every ensemble's reply.
  private static final Map<String, InferParameter> ENSEMBLE_PARAMETERS =
      Map.of(
          "sequence_id", InferParameter.newBuilder().setInt64Param(0).build(),
          "sequence_start", InferParameter.newBuilder().setBoolParam(false).build(),
          "sequence_end", InferParameter.newBuilder().setBoolParam(false).build());

  private final ServedModel model;
  private final ModelInferRequest request;
  private final ValidRequest valid;
  private final WorkQueue.Ticket ticket;
  private final ServerCallStreamObserver<ModelInferResponse> caller;
  private final TensorCodec codec;
  private final LongSupplier nanoTime;
  private final Stopping stopping;
  private final long arrivedAt;

  // Written before the run starts, which hands them to whichever thread ends it.
  private long queued;
  private long reading;

  /** Whether the engine has given up waiting for its requests. */
  interface Stopping {
    boolean isAbandoned();
  }

  InferenceCall(
      ServedModel model,
      ModelInferRequest request,
      ValidRequest valid,
      WorkQueue.Ticket ticket,
      ServerCallStreamObserver<ModelInferResponse> caller,
      TensorCodec codec,
      LongSupplier nanoTime,
      Stopping stopping) {
    this.model = model;
    this.request = request;
    this.valid = valid;
    this.ticket = ticket;
    this.caller = caller;
    this.codec = codec;
    this.nanoTime = nanoTime;
    this.stopping = stopping;
    this.arrivedAt = nanoTime.getAsLong();
  }

  /** Runs on the engine's executor. */
  void run() {
    long begin = nanoTime.getAsLong();
    queued = begin - arrivedAt;
    @Nullable EngineException abandoned = abandonment();
    if (abandoned != null) {
      failed(abandoned);
      return;
    }
    var tensors = new HashMap<String, Tensor>();
    try {
      for (ValidRequest.Input input : valid.inputs()) {
        tensors.put(input.name(), codec.decode(input));
      }
    } catch (Exception | Error e) {
      tensors.values().forEach(Tensor::close);
      failed(
          new EngineException(
              EngineException.Kind.EXECUTION_FAILED,
              "the inputs of model '" + model.definition().name() + "' could not be read",
              e));
      return;
    }
    reading = nanoTime.getAsLong() - begin;
    new PlanExecution(
            model,
            model.plan().select(valid.outputs()),
            rows(),
            ticket,
            nanoTime,
            this::abandonment,
            this)
        .start(tensors);
  }

  /** Ends the call before it has begun. */
  void reject(EngineException failure) {
    failed(failure);
  }

  @Override
  public void completed(List<PlanExecution.Output> outputs, Durations durations) {
    ModelInferResponse response;
    try {
      response = response(outputs);
    } catch (RuntimeException | Error e) {
      failed(
          new EngineException(
              EngineException.Kind.EXECUTION_FAILED, "the reply could not be built", e));
      return;
    }
    model
        .statistics()
        .succeeded(
            rows(),
            nanoTime.getAsLong() - arrivedAt,
            durations.plus(new Durations(queued, reading, 0, 0)));
    ticket.release();
    caller.onNext(response);
    caller.onCompleted();
  }

  @Override
  public void failed(EngineException failure) {
    if (failure.kind() == EngineException.Kind.EXECUTION_FAILED) {
      model.statistics().failed(nanoTime.getAsLong() - arrivedAt);
      logger.error("request '{}': {}", request.getId(), failure.getMessage(), failure.getCause());
    }
    ticket.release();
    caller.onError(StatusMapping.toStatus(failure));
  }

  private @Nullable EngineException abandonment() {
    if (caller.isCancelled()) {
      return new EngineException(EngineException.Kind.CANCELLED, "the caller has cancelled");
    }
    return stopping.isAbandoned()
        ? new EngineException(EngineException.Kind.STOPPING, "Server is stopping")
        : null;
  }

  private int rows() {
    // Triton counts an empty batch as one inference, too.
    return Math.max(1, valid.batchSize());
  }

  private ModelInferResponse response(List<PlanExecution.Output> outputs) {
    ModelInferResponse.Builder response =
        ModelInferResponse.newBuilder()
            .setModelName(model.definition().name())
            .setModelVersion(Long.toString(model.version()))
            .setId(request.getId());
    if (model instanceof EnsembleModel) {
      response.putAllParameters(ENSEMBLE_PARAMETERS);
    }
    for (PlanExecution.Output output : outputs) {
      response
          .addOutputs(
              InferOutputTensor.newBuilder()
                  .setName(output.name())
                  .setDatatype(output.datatype().name())
                  .addAllShape(LongStream.of(output.shape()).boxed().toList()))
          .addRawOutputContents(output.data());
    }
    return response.build();
  }
}
