package io.mt2kd.gateway.grpc;

import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.mt2kd.gateway.core.analysis.Analyzer;
import io.mt2kd.gateway.core.analysis.SpeakerRecognizer;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.speaker.SpeakerDirectory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** The services of {@code mt2kd.v1} over the core, ready to be added to a gRPC server. */
public final class Mt2kdApi {
  private final List<ServerServiceDefinition> services;

  /**
   * @param analyzer answers analysis, recognition and tagging
   * @param recognizer enrolls, verifies and identifies
   * @param speakers lists and erases
   * @param backend tells the model
   * @param options limits of the calls
   * @param workers for what blocks on the store
   * @param ticker nanoseconds of a clock that never goes back
   */
  public Mt2kdApi(
      Analyzer analyzer,
      SpeakerRecognizer recognizer,
      SpeakerDirectory speakers,
      InferenceBackend backend,
      Options options,
      Executor workers,
      LongSupplier ticker) {
    UnaryCalls calls = new UnaryCalls(ticker, options.timeLimit());
    TenantInterceptor tenant = new TenantInterceptor();
    PriorityInterceptor priority = new PriorityInterceptor();
    this.services =
        Stream.<BindableService>of(
                new AnalysisGrpcService(calls, analyzer),
                new RecognitionGrpcService(calls, analyzer),
                new TaggingGrpcService(calls, analyzer),
                new SpeakerGrpcService(calls, recognizer, speakers, workers),
                new ModelGrpcService(calls, backend, options.maximumRequestBytes()))
            .map(service -> ServerInterceptors.intercept(service, tenant, priority))
            .toList();
  }

  /**
   * @param timeLimit of calls that name no deadline, or a later one
   * @param maximumRequestBytes of one request, as the server enforces it
   */
  public record Options(Duration timeLimit, long maximumRequestBytes) {}

  /** One for each service of the package. */
  public List<ServerServiceDefinition> services() {
    return services;
  }
}
