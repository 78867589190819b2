package io.mt2kd.client;

import static io.mt2kd.client.Call.ANALYZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MetadataTest {
  @RegisterExtension final InProcess local = new InProcess();

  @Test
  void everyAttemptOfEveryCallCarriesTheTenantAndTheHeaders() {
    Mt2kdClient client =
        local.builder().tenant("acme").metadata("authorization", "Bearer x").build();
    for (Call call : Call.values()) {
      call.start(client).join();
    }
    local.gateway.failNext(Status.UNAVAILABLE);
    ANALYZE.start(client);
    local.time.forward(Duration.ofSeconds(1));
    assertThat(local.gateway.received())
        .hasSize(Call.values().length + 2)
        .allSatisfy(
            received -> {
              assertThat(received.header("mt2kd-tenant")).isEqualTo("acme");
              assertThat(received.header("authorization")).isEqualTo("Bearer x");
            });
  }

  @Test
  void aViewChangesTheTenantOfItsOwnCallsOnly() {
    Mt2kdClient client = local.builder().tenant("acme").build();
    ANALYZE.start(client.withTenant("other").withMetadata("x-trace", "1")).join();
    ANALYZE.start(client).join();
    assertThat(local.gateway.received().get(0).header("mt2kd-tenant")).isEqualTo("other");
    assertThat(local.gateway.received().get(0).header("x-trace")).isEqualTo("1");
    assertThat(local.gateway.received().get(1).header("mt2kd-tenant")).isEqualTo("acme");
    assertThat(local.gateway.received().get(1).header("x-trace")).isNull();
  }

  @Test
  void withoutATenantOrAPriorityThereIsNoHeader() {
    ANALYZE.start(local.builder().build()).join();
    assertThat(local.gateway.onlyReceived().header("mt2kd-tenant")).isNull();
    assertThat(local.gateway.onlyReceived().header("mt2kd-priority")).isNull();
  }

  @Test
  void thePriorityIsThatOfTheClientOrOfItsView() {
    Mt2kdClient client = local.builder().priority(Priority.BATCH).build();
    ANALYZE.start(client).join();
    ANALYZE.start(client.withPriority(Priority.INTERACTIVE)).join();
    assertThat(local.gateway.received())
        .extracting(received -> received.header("mt2kd-priority"))
        .containsExactly("batch", "interactive");
  }

  @Test
  void keepsTheCallersRequestId() {
    local
        .builder()
        .build()
        .analyze(AnalyzeRequest.of(Call.clip(), Task.AUDIO_TAGGING).withRequestId("mine-1"));
    assertThat(local.gateway.onlyReceived().requestId()).isEqualTo("mine-1");
  }

  @Test
  void refusesHeadersThatCannotBeSent() {
    assertThatThrownBy(() -> local.builder().tenant("")).hasMessageContaining("mt2kd-tenant: \"\"");
    assertThatThrownBy(() -> local.builder().tenant("a\nb"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> local.builder().tenant("Zoë"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> local.builder().metadata("a b", "c"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> local.builder().metadata("a-bin", "c"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
