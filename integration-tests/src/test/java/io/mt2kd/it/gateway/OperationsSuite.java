package io.mt2kd.it.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Besides: what operators and generic tools ask. */
abstract class OperationsSuite extends SpeakersSuite {
  private static final List<String> SERVICES =
      List.of(
          "mt2kd.v1.AnalysisService",
          "mt2kd.v1.ModelService",
          "mt2kd.v1.RecognitionService",
          "mt2kd.v1.SpeakerService",
          "mt2kd.v1.TaggingService");

  @Test
  void reportsTheHealthOfEachService() {
    ManagedChannel channel = gateway().channel();
    try {
      var health = HealthGrpc.newBlockingStub(channel);
      assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
          .isEqualTo(ServingStatus.SERVING);
      for (String service : SERVICES) {
        assertThat(
                health
                    .check(HealthCheckRequest.newBuilder().setService(service).build())
                    .getStatus())
            .as(service)
            .isEqualTo(ServingStatus.SERVING);
      }
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void showsItsServicesAndTheirMessagesByReflection() throws Exception {
    ManagedChannel channel = gateway().channel();
    try {
      ServerReflectionResponse services =
          reflect(channel, ServerReflectionRequest.newBuilder().setListServices("*").build());
      assertThat(services.getListServicesResponse().getServiceList())
          .extracting(service -> service.getName())
          .containsAll(SERVICES)
          .contains("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection");
      ServerReflectionResponse file =
          reflect(
              channel,
              ServerReflectionRequest.newBuilder()
                  .setFileContainingSymbol("mt2kd.v1.AnalysisService.Analyze")
                  .build());
      assertThat(file.getFileDescriptorResponse().getFileDescriptorProtoCount()).isPositive();
    } finally {
      channel.shutdownNow();
    }
  }

  private static ServerReflectionResponse reflect(
      ManagedChannel channel, ServerReflectionRequest question) throws Exception {
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> questions =
        ServerReflectionGrpc.newStub(channel)
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    answer.complete(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {
                    answer.completeExceptionally(new AssertionError("no answer"));
                  }
                });
    questions.onNext(question);
    ServerReflectionResponse response = answer.get(30, TimeUnit.SECONDS);
    questions.onCompleted();
    return response;
  }
}
