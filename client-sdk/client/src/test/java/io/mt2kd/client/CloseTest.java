package io.mt2kd.client;

import static io.mt2kd.client.Call.ANALYZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.mt2kd.v1.AnalyzeResponse;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class CloseTest {
  @RegisterExtension final InProcess local = new InProcess();

  @Test
  void waitsForCallsInFlight() throws Exception {
    FakeGateway.Held held = local.gateway.holdNext();
    Mt2kdClient client = local.builder().build();
    CompletableFuture<?> answer = ANALYZE.start(client);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(client::close);
    assertThat(answer).isNotDone();
    held.answer(AnalyzeResponse.getDefaultInstance());
    closed.join();
    assertThat(answer).isCompleted();
  }

  @Test
  void waitsHoweverLongItMay() throws Exception {
    FakeGateway.Held held = local.gateway.holdNext();
    Mt2kdClient client =
        local.builder().drainTimeout(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)).build();
    CompletableFuture<?> answer = ANALYZE.start(client);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(client::close);
    held.answer(AnalyzeResponse.getDefaultInstance());
    closed.join();
    assertThat(answer).isCompleted();
  }

  @Test
  void failsAndCancelsWhatDoesNotEndInTime() throws Exception {
    FakeGateway.Held held = local.gateway.holdNext();
    Mt2kdClient client = local.builder().drainTimeout(Duration.ZERO).build();
    CompletableFuture<?> answer = ANALYZE.start(client);
    client.close();
    assertThatThrownBy(answer::join)
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed before the answer came");
    held.cancelled.await();
  }

  @Test
  void failsWhatWaitsForItsNextAttempt() {
    local.gateway.failNext(Status.UNAVAILABLE);
    Mt2kdClient client = local.builder().drainTimeout(Duration.ofMillis(1)).build();
    CompletableFuture<?> answer = ANALYZE.start(client);
    client.close();
    assertThat(answer).isCompletedExceptionally();
    assertThat(local.gateway.received()).hasSize(1);
  }

  @Test
  void closingTwiceDoesNothingMore() {
    Mt2kdClient client = local.builder().build();
    client.close();
    client.close();
    assertThatThrownBy(client::getModel)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the client is closed");
  }

  @Test
  void closingAViewClosesNothing() {
    Mt2kdClient client = local.builder().build();
    client.withTenant("a").close();
    client.getModel();
    client.close();
    assertThatThrownBy(() -> client.withTenant("a").getModel())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void leavesTheCallersChannelOpen() {
    local.builder().build().close();
    assertThat(local.channel.isShutdown()).isFalse();
    local.builder().build().getModel();
  }

  @Test
  void anInterruptEndsTheWaitAndIsKept() throws Exception {
    local.gateway.holdNext();
    Mt2kdClient client = local.builder().drainTimeout(Duration.ofHours(1)).build();
    CompletableFuture<?> answer = ANALYZE.start(client);
    Thread.currentThread().interrupt();
    client.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(answer).isCompletedExceptionally();
  }

  @Test
  void aThreadInterruptedWhileItWaitsCancelsItsCall() throws Exception {
    FakeGateway.Held held = local.gateway.holdNext();
    Mt2kdClient client = local.builder().build();
    Thread.currentThread().interrupt();
    assertThatThrownBy(client::getModel).isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    held.cancelled.await();
  }

  @Test
  void cancellingTheFutureCancelsTheCall() throws Exception {
    FakeGateway.Held held = local.gateway.holdNext();
    CompletableFuture<?> answer = ANALYZE.start(local.builder().build());
    answer.cancel(true);
    held.cancelled.await();
    assertThat(answer).isCancelled();
  }
}
