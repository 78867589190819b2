package io.mt2kd.gateway.telemetry.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.batching.BatcherLoad;
import io.mt2kd.gateway.triton.FailOverStatus;
import io.mt2kd.gateway.triton.ReplicaStatus;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a scraper gets, over HTTP. */
@Timeout(20)
class MetricsEndpointTest {
  private final GatewayMetrics metrics = new GatewayMetrics(false);
  private List<ReplicaStatus> replicas = List.of();

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void tellsOfTheReplicasAsTheyAreAtTheScrape() throws Exception {
    metrics.watchReplicas(() -> replicas, () -> new FailOverStatus(3, 2, 1, 0.75));
    try (MetricsEndpoint endpoint = start(0)) {
      replicas = List.of(status("a:1", State.SERVING, false), status("b:1", State.EJECTED, true));
      assertThat(scrape(endpoint))
          .contains("mt2kd_replica_state{replica=\"a:1\",state=\"serving\"} 1.0")
          .contains("mt2kd_replica_state{replica=\"a:1\",state=\"ejected\"} 0.0")
          .contains("mt2kd_replica_state{replica=\"b:1\",state=\"ejected\"} 1.0")
          .contains("mt2kd_replica_outstanding_audio_seconds{replica=\"b:1\"} 1.5")
          .contains("mt2kd_replica_weight_ratio{replica=\"b:1\"} 0.5")
          .contains("mt2kd_replica_breaker_open{replica=\"b:1\"} 1.0")
          .contains("mt2kd_replica_breaker_open{replica=\"a:1\"} 0.0")
          .contains("mt2kd_replica_ejections_total{replica=\"b:1\"} 4.0")
          .contains("mt2kd_retries_total{reason=\"failure\"} 3.0")
          .contains("mt2kd_retries_total{reason=\"stall\"} 2.0")
          .contains("mt2kd_retries_refused_total 1.0")
          .contains("mt2kd_retry_budget_ratio 0.75");

      replicas = List.of(status("a:1", State.SERVING, false));
      assertThat(scrape(endpoint)).doesNotContain("b:1");
    }
  }

  @Test
  void tellsOfTheQueueAndOfTheJvm() throws Exception {
    metrics.watchBatcher(
        () ->
            new BatcherLoad(
                7,
                Duration.ofMillis(2_500),
                3,
                Duration.ofSeconds(4),
                Map.of("triton-0:8001", 2, "triton-1:8001", 4)));
    metrics.watchNettyMemory(() -> 4096);
    System.gc();
    try (MetricsEndpoint endpoint = start(0)) {
      assertThat(scrape(endpoint))
          .contains("mt2kd_utterances_waiting 7.0")
          .contains("mt2kd_waiting_audio_seconds 2.5")
          .contains("mt2kd_batches_in_flight 3.0")
          .contains("mt2kd_in_flight_audio_seconds 4.0")
          .contains("mt2kd_batches_in_flight_limit{replica=\"triton-0:8001\"} 2.0")
          .contains("mt2kd_batches_in_flight_limit{replica=\"triton-1:8001\"} 4.0")
          .contains("mt2kd_netty_direct_memory_bytes 4096.0")
          .contains("jvm_memory_used_bytes{area=\"heap\"")
          .contains("jvm_buffer_memory_used_bytes{id=\"direct\"}")
          .contains("jvm_threads_live_threads ")
          .contains("process_cpu_usage ");
    }
  }

  @Test
  void saysWhichAddressCannotBeBound() throws Exception {
    try (MetricsEndpoint first = start(0)) {
      assertThatThrownBy(() -> start(first.port()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("metrics at")
          .hasMessageContaining(":" + first.port());
    }
    assertThatThrownBy(
            () ->
                MetricsEndpoint.start(
                    metrics, InetSocketAddress.createUnresolved("nowhere.invalid", 0)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nowhere.invalid");
  }

  private MetricsEndpoint start(int port) throws IOException {
    return MetricsEndpoint.start(
        metrics, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private static String scrape(MetricsEndpoint endpoint) throws Exception {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + endpoint.port() + "/metrics"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }

  private static ReplicaStatus status(String name, State state, boolean broken) {
    return new ReplicaStatus(
        name, state, "", "sha256:aa", Duration.ofMillis(1_500), 3, 0.5, broken, 4);
  }
}
