package io.mt2kd.client;

import static io.mt2kd.client.Call.ANALYZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeadlineTest {
  @RegisterExtension final InProcess local = new InProcess();

  private Duration deadlineOfAttempt(int attempt) {
    return Duration.ofNanos(
        local.gateway.received().get(attempt).deadline().timeRemaining(TimeUnit.NANOSECONDS));
  }

  @Test
  void everyCallHasADeadline() {
    Mt2kdClient client = local.builder().build();
    for (Call call : Call.values()) {
      call.start(client).join();
    }
    assertThat(local.gateway.received()).hasSize(Call.values().length);
    for (int i = 0; i < Call.values().length; i++) {
      assertThat(deadlineOfAttempt(i))
          .isBetween(Duration.ofSeconds(20), Mt2kdClientBuilder.DEFAULT_TIMEOUT);
    }
  }

  @Test
  void aViewHasItsOwnTimeout() {
    Mt2kdClient client = local.builder().timeout(Duration.ofSeconds(100)).build();
    ANALYZE.start(client.withTimeout(Duration.ofSeconds(500))).join();
    ANALYZE.start(client).join();
    assertThat(deadlineOfAttempt(0)).isBetween(Duration.ofSeconds(400), Duration.ofSeconds(500));
    assertThat(deadlineOfAttempt(1)).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(100));
  }

  @Test
  void theCallersContextShortensIt() throws Exception {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try (Context.CancellableContext context =
        Context.current().withDeadlineAfter(7, TimeUnit.SECONDS, timer)) {
      context.call(() -> ANALYZE.start(local.builder().build()).join());
    } finally {
      timer.shutdownNow();
    }
    assertThat(deadlineOfAttempt(0)).isLessThanOrEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void theNextAttemptGetsWhatRemains() {
    local.gateway.failNext(Replies.shed(Duration.ofSeconds(100)));
    CompletableFuture<?> answer =
        ANALYZE.start(local.builder().timeout(Duration.ofSeconds(600)).build());
    local.time.forward(Duration.ofSeconds(130));
    assertThat(answer).isCompleted();
    // 120 s: the asked delay and the largest jitter.
    assertThat(deadlineOfAttempt(1)).isBetween(Duration.ofSeconds(400), Duration.ofSeconds(480));
  }

  @Test
  void aCallThatIsNotAnsweredFailsInTime() {
    local.gateway.holdNext();
    Mt2kdClient client = local.builder().timeout(Duration.ofMillis(50)).build();
    assertThatThrownBy(() -> client.analyze(Call.clip(), Task.AUDIO_TAGGING))
        .isInstanceOf(DeadlineExceededException.class);
  }

  @Test
  void whatMadeTimeRunOutIsKept() {
    local.gateway.failNext(Status.UNAVAILABLE.withDescription("backend gone"));
    FakeGateway.Held held = local.gateway.holdNext();
    CompletableFuture<?> answer =
        ANALYZE.start(local.builder().timeout(Duration.ofMillis(150)).build());
    local.time.forward(Duration.ofMillis(100));
    assertThat(held.arrived).isCompleted();
    assertThatThrownBy(answer::join)
        .cause()
        .isInstanceOf(DeadlineExceededException.class)
        .satisfies(
            e ->
                assertThat(e.getSuppressed())
                    .singleElement()
                    .satisfies(first -> assertThat(first).hasMessageContaining("backend gone")));
  }

  @Test
  void aTimeoutOfMoreNanosecondsThanCanBeCountedIsAsGoodAsNone() {
    ANALYZE
        .start(local.builder().timeout(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)).build())
        .join();
    assertThat(deadlineOfAttempt(0)).isGreaterThan(Duration.ofDays(365));
  }

  @Test
  void refusesTimeoutsThatMakeNoSense() {
    assertThatThrownBy(() -> local.builder().timeout(Duration.ZERO))
        .hasMessage("timeout: PT0S (expected: > 0)");
  }
}
