package io.mt2kd.gateway.grpc;

import io.grpc.stub.StreamObserver;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.model.ModelManifest;
import io.mt2kd.v1.Backend;
import io.mt2kd.v1.GetModelRequest;
import io.mt2kd.v1.GetModelResponse;
import io.mt2kd.v1.Model;
import io.mt2kd.v1.ModelServiceGrpc.ModelServiceImplBase;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** What is served. */
final class ModelGrpcService extends ModelServiceImplBase {
  private final UnaryCalls calls;
  private final InferenceBackend backend;
  private final long maximumRequestBytes;

  ModelGrpcService(UnaryCalls calls, InferenceBackend backend, long maximumRequestBytes) {
    this.calls = calls;
    this.backend = backend;
    this.maximumRequestBytes = maximumRequestBytes;
  }

  @Override
  public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> observer) {
    calls.answer("", observer, call -> CompletableFuture.completedFuture(reply(backend.model())));
  }

  private GetModelResponse reply(ServedModel served) {
    ModelManifest manifest = served.manifest();
    Model.Builder model =
        Model.newBuilder()
            .setName(manifest.name())
            .setVersion(manifest.version())
            .setFingerprint(manifest.fingerprint())
            .addAllLabels(manifest.labels())
            .setSampleRateHertz(manifest.sampleRateHertz())
            .setMinAudioDuration(samples(manifest.minimumSamples()))
            .setMaxAudioDuration(samples(manifest.maximumSamples()))
            .setEmbeddingSize(manifest.embeddingSize())
            .setMaxBatchSize(manifest.maxBatchSize())
            .setMaxRequestBytes(maximumRequestBytes);
    for (double seconds : manifest.bucketSeconds()) {
      model.addBucketDurations(Replies.duration(Duration.ofNanos(Math.round(seconds * 1e9))));
    }
    return GetModelResponse.newBuilder()
        .setModel(model)
        .setBackend(
            Backend.newBuilder()
                .setServer(served.server())
                .setVersion(served.serverVersion())
                .setReplica(served.replica()))
        .build();
  }

  private static com.google.protobuf.Duration samples(int count) {
    return Replies.duration(Waveform.durationOf(count));
  }
}
