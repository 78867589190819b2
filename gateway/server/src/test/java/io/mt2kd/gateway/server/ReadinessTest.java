package io.mt2kd.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readiness as a load balancer sees it, through the real health service. */
@Timeout(20)
class ReadinessTest {
  private static final String SERVICE = "mt2kd.v1.AnalysisService";

  private final Readiness readiness = new Readiness();
  private final String name = InProcessServerBuilder.generateName();
  private final ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
  private final Server server =
      InProcessServerBuilder.forName(name).addService(readiness.service()).build();

  @BeforeEach
  void start() throws IOException {
    readiness.watch(List.of(ServerServiceDefinition.builder(SERVICE).build()));
    server.start();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  @Test
  void followsTheModelAsAWholeAndForEachService() {
    assertThat(List.of(check(""), check(SERVICE))).containsOnly(ServingStatus.NOT_SERVING);

    readiness.modelIsThere(true);
    assertThat(List.of(check(""), check(SERVICE))).containsOnly(ServingStatus.SERVING);

    readiness.modelIsThere(false);
    assertThat(List.of(check(""), check(SERVICE))).containsOnly(ServingStatus.NOT_SERVING);
  }

  @Test
  void doesNotKnowOtherServices() {
    assertThatThrownBy(() -> check("mt2kd.v1.Other"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
  }

  @Test
  void tellsAWatchingCallerEachChange() {
    Iterator<HealthCheckResponse> changes =
        HealthGrpc.newBlockingStub(channel).watch(HealthCheckRequest.getDefaultInstance());

    assertThat(changes.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
    readiness.modelIsThere(true);
    assertThat(changes.next().getStatus()).isEqualTo(ServingStatus.SERVING);
    readiness.leave();
    assertThat(changes.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
  }

  @Test
  void staysNotServingOnceTheGatewayLeaves() {
    readiness.modelIsThere(true);
    readiness.leave();

    readiness.modelIsThere(true);

    assertThat(check("")).isEqualTo(ServingStatus.NOT_SERVING);
  }

  @Test
  void releasesWhoWaitsForTheModel() throws Exception {
    CompletableFuture<Boolean> awaited =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return readiness.await(Duration.ofMinutes(1));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });

    readiness.modelIsThere(true);

    assertThat(awaited.get()).isTrue();
  }

  @Test
  void givesUpWaitingAfterTheTime() throws Exception {
    assertThat(readiness.await(Duration.ofMillis(1))).isFalse();
    assertThat(readiness.await(Duration.ZERO)).isFalse();
    readiness.modelIsThere(true);
    assertThat(readiness.await(Duration.ZERO)).isTrue();
  }

  private ServingStatus check(String service) {
    return HealthGrpc.newBlockingStub(channel)
        .check(HealthCheckRequest.newBuilder().setService(service).build())
        .getStatus();
  }
}
