package io.mt2kd.engine;

import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import inference.ModelConfigRequest;
import inference.ModelConfigResponse;
import inference.ModelInferRequest;
import inference.ModelInferResponse;
import inference.ModelMetadataRequest;
import inference.ModelMetadataResponse;
import inference.ModelReadyRequest;
import inference.ModelReadyResponse;
import inference.ModelStatisticsRequest;
import inference.ModelStatisticsResponse;
import inference.RepositoryIndexRequest;
import inference.RepositoryIndexResponse;
import inference.ServerLiveRequest;
import inference.ServerLiveResponse;
import inference.ServerMetadataRequest;
import inference.ServerMetadataResponse;
import inference.ServerReadyRequest;
import inference.ServerReadyResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/** The protocol's edge: each RPC read, handed on, answered. */
final class InferenceService extends GRPCInferenceServiceImplBase {
  private static final String SERVER_NAME = "mt2kd-embedded-engine";

  private final LoadedModels models;
  private final WorkQueue queue;
  private final TensorCodec codec;
  private final LongSupplier nanoTime;
  private final InferenceCall.Stopping stopping;
  private final String version;

  InferenceService(
      LoadedModels models,
      WorkQueue queue,
      TensorCodec codec,
      LongSupplier nanoTime,
      InferenceCall.Stopping stopping,
      String version) {
    this.models = models;
    this.queue = queue;
    this.codec = codec;
    this.nanoTime = nanoTime;
    this.stopping = stopping;
    this.version = version;
  }

  /** Computes an answer or says why there is none. */
  private interface Answer<T> {
    T get() throws EngineException;
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
    var caller = (ServerCallStreamObserver<ModelInferResponse>) observer;
    // With a handler set, an answer to a caller that has gone is dropped and does not throw.
    caller.setOnCancelHandler(() -> {});
    InferenceCall call;
    WorkQueue.Ticket ticket;
    try {
      ServedModel model = models.find(request.getModelName(), request.getModelVersion());
      ValidRequest valid = RequestValidation.check(model.definition(), request);
      ticket = queue.admit();
      call = new InferenceCall(model, request, valid, ticket, caller, codec, nanoTime, stopping);
    } catch (EngineException e) {
      caller.onError(StatusMapping.toStatus(e));
      return;
    }
    try {
      ticket.execute(call::run);
    } catch (RejectedExecutionException e) {
      call.reject(new EngineException(EngineException.Kind.STOPPING, "Server is stopping", e));
    }
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> observer) {
    answer(observer, () -> ServerLiveResponse.newBuilder().setLive(true).build());
  }

  @Override
  public void serverReady(
      ServerReadyRequest request, StreamObserver<ServerReadyResponse> observer) {
    answer(
        observer,
        () -> ServerReadyResponse.newBuilder().setReady(models.failures().isEmpty()).build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
    answer(
        observer,
        () -> {
          LoadedModels.parseVersion(request.getVersion());
          boolean ready = true;
          try {
            models.find(request.getName(), request.getVersion());
          } catch (EngineException e) {
            // An unknown model is not ready, and asking is no mistake.
            ready = false;
          }
          return ModelReadyResponse.newBuilder().setReady(ready).build();
        });
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> observer) {
    answer(
        observer,
        () ->
            ServerMetadataResponse.newBuilder()
                .setName(SERVER_NAME)
                .setVersion(version)
                .addAllExtensions(List.of("model_repository", "model_configuration", "statistics"))
                .build());
  }

  @Override
  public void modelMetadata(
      ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> observer) {
    answer(
        observer,
        () ->
            ModelDescriptions.metadata(
                models.find(request.getName(), request.getVersion()),
                models.versions(request.getName())));
  }

  @Override
  public void modelConfig(
      ModelConfigRequest request, StreamObserver<ModelConfigResponse> observer) {
    answer(
        observer,
        () ->
            ModelConfigResponse.newBuilder()
                .setConfig(
                    models.find(request.getName(), request.getVersion()).definition().config())
                .build());
  }

  @Override
  public void modelStatistics(
      ModelStatisticsRequest request, StreamObserver<ModelStatisticsResponse> observer) {
    answer(
        observer,
        () -> {
          var response = ModelStatisticsResponse.newBuilder();
          for (ServedModel model : selected(request)) {
            response.addModelStats(
                model.statistics().snapshot(model.definition().name(), model.version()));
          }
          return response.build();
        });
  }

  @Override
  public void repositoryIndex(
      RepositoryIndexRequest request, StreamObserver<RepositoryIndexResponse> observer) {
    answer(observer, () -> ModelDescriptions.index(models, request.getReady()));
  }

  private List<ServedModel> selected(ModelStatisticsRequest request) throws EngineException {
    LoadedModels.parseVersion(request.getVersion());
    var selected = new ArrayList<ServedModel>();
    if (request.getName().isEmpty()) {
      models.present().forEach(name -> selected.addAll(models.versions(name)));
      return selected;
    }
    if (models.versions(request.getName()).isEmpty()) {
      // INVALID_ARGUMENT and not NOT_FOUND in this one RPC: so does Triton.
      throw EngineException.invalid("requested model '" + request.getName() + "' is not available");
    }
    if (request.getVersion().isEmpty()) {
      return List.copyOf(models.versions(request.getName()));
    }
    try {
      return List.of(models.find(request.getName(), request.getVersion()));
    } catch (EngineException e) {
      throw EngineException.invalid(
          "requested model version is not available for model '" + request.getName() + "'");
    }
  }

  private <T> void answer(StreamObserver<T> observer, Answer<T> answer) {
    T value;
    try {
      if (queue.isStopping()) {
        throw new EngineException(EngineException.Kind.STOPPING, "Server exiting");
      }
      value = answer.get();
    } catch (EngineException e) {
      observer.onError(StatusMapping.toStatus(e));
      return;
    }
    observer.onNext(value);
    observer.onCompleted();
  }
}
