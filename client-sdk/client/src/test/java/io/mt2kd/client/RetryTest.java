package io.mt2kd.client;

import static io.mt2kd.client.Call.ANALYZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.mt2kd.v1.SpeakerServiceGrpc;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RetryTest {
  private static final Duration AMPLE = Duration.ofSeconds(20);

  @RegisterExtension final InProcess local = new InProcess();

  @ParameterizedTest
  @EnumSource(Call.class)
  void repeatsAfterUnavailableOnlyWhatOnlyAsks(Call call) {
    local.gateway.failNext(Status.UNAVAILABLE);
    CompletableFuture<?> answer = call.start(local.builder().build());
    local.time.forward(AMPLE);
    assertThat(local.gateway.received()).hasSize(call.onlyAsks ? 2 : 1);
    assertThat(answer.isCompletedExceptionally()).isEqualTo(!call.onlyAsks);
    assertThat(local.gateway.received())
        .allSatisfy(r -> assertThat(r.method()).isEqualTo(call.method.getFullMethodName()));
  }

  @ParameterizedTest
  @EnumSource(Call.class)
  void repeatsWhatWasShedOnlyWhereItOnlyAsks(Call call) {
    local.gateway.failNext(Replies.shed(Duration.ofSeconds(1)));
    CompletableFuture<?> answer = call.start(local.builder().build());
    local.time.forward(AMPLE);
    assertThat(local.gateway.received()).hasSize(call.onlyAsks ? 2 : 1);
    assertThat(answer.isCompletedExceptionally()).isEqualTo(!call.onlyAsks);
  }

  @ParameterizedTest
  @EnumSource(Call.class)
  void repeatsEvenEnrollAndDeleteWhenTheRequestNeverLeft(Call call) throws Exception {
    local.gateway.close();
    CompletableFuture<?> answer = call.start(local.builder().build());
    assertThat(answer).isNotDone();
    local.startGateway();
    local.time.forward(AMPLE);
    assertThat(answer).isCompleted();
    assertThat(local.gateway.received()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      mode = Mode.EXCLUDE,
      names = {"OK", "UNAVAILABLE"})
  void repeatsNothingAfterOtherStatuses(Status.Code code) {
    local.gateway.failNext(code.toStatus());
    CompletableFuture<?> answer = ANALYZE.start(local.builder().build());
    assertThat(answer).isCompletedExceptionally();
    assertThat(local.time.delays()).isEmpty();
  }

  @Test
  void attemptsShareOneRequestId() {
    local.gateway.failNext(Status.UNAVAILABLE).failNext(Status.UNAVAILABLE);
    ANALYZE.start(local.builder().build());
    local.time.forward(AMPLE);
    assertThat(local.gateway.received()).hasSize(3);
    assertThat(local.gateway.received().stream().map(FakeGateway.Received::requestId).distinct())
        .singleElement()
        .satisfies(id -> assertThat(id).matches("[A-Za-z0-9._-]{1,128}"));
  }

  @Test
  void doublesTheDelayUpToItsMaximumAndGivesUp() {
    RetryPolicy policy = new RetryPolicy(6, Duration.ofMillis(100), Duration.ofMillis(500));
    for (int i = 0; i < 10; i++) {
      local.gateway.failNext(Status.UNAVAILABLE.withDescription("attempt " + i));
    }
    CompletableFuture<?> answer = ANALYZE.start(local.builder().retryPolicy(policy).build());
    local.time.forward(AMPLE);
    assertThat(local.time.delays().stream().map(Duration::toMillis))
        .containsExactly(100L, 200L, 400L, 500L, 500L);
    assertThat(local.gateway.received()).hasSize(6);
    assertThatThrownBy(answer::join)
        .hasCauseInstanceOf(UnavailableException.class)
        .hasMessageContaining("attempt 5");
  }

  @Test
  void jitterHalvesTheDelayAtMost() {
    local.gateway.failNext(Status.UNAVAILABLE);
    ANALYZE.start(local.builder().time(local.time, local.time::nanoTime, () -> 0.0).build());
    assertThat(local.time.delays()).containsExactly(Duration.ofMillis(50));
  }

  @Test
  void returnsNoEarlierThanTheGatewayAsks() {
    local.gateway.failNext(Replies.shed(Duration.ofSeconds(3)));
    CompletableFuture<?> answer =
        ANALYZE.start(local.builder().time(local.time, local.time::nanoTime, () -> 0.0).build());
    local.time.forward(Duration.ofMillis(2999));
    assertThat(local.gateway.received()).hasSize(1);
    local.time.forward(Duration.ofMillis(1));
    assertThat(local.gateway.received()).hasSize(2);
    assertThat(answer).isCompleted();
  }

  @Test
  void failsAtOnceWhenTheGatewayAsksForMoreTimeThanThereIs() {
    local.gateway.failNext(Replies.shed(Duration.ofSeconds(40)));
    CompletableFuture<?> answer = ANALYZE.start(local.builder().build());
    assertThat(local.time.delays()).isEmpty();
    assertThatThrownBy(answer::join)
        .cause()
        .isInstanceOfSatisfying(
            OverloadedException.class,
            e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(40)));
  }

  @Test
  void failsWithTheGatewaysAnswerHoweverLongItWantsToBeLeftAlone() {
    local.gateway.failNext(Replies.shed(Long.MAX_VALUE, Integer.MAX_VALUE));
    assertThatThrownBy(ANALYZE.start(local.builder().build())::join)
        .cause()
        .isInstanceOfSatisfying(
            OverloadedException.class,
            e ->
                assertThat(e.retryAfter())
                    .hasValueSatisfying(
                        after -> assertThat(after).isGreaterThan(Duration.ofDays(365))));
  }

  @Test
  void aBackoffMayHaveNoMaximum() {
    RetryPolicy policy =
        new RetryPolicy(2, Duration.ofMillis(100), Duration.ofSeconds(Long.MAX_VALUE, 999_999_999));
    local.gateway.failNext(Status.UNAVAILABLE);
    CompletableFuture<?> answer = ANALYZE.start(local.builder().retryPolicy(policy).build());
    local.time.forward(AMPLE);
    assertThat(local.time.delays()).containsExactly(Duration.ofMillis(100));
    assertThat(answer).isCompleted();
  }

  @Test
  void repeatsNothingWithPolicyNone() {
    local.gateway.failNext(Status.UNAVAILABLE);
    assertThat(ANALYZE.start(local.builder().retryPolicy(RetryPolicy.NONE).build()))
        .isCompletedExceptionally();
  }

  @Test
  void cancellingWhileItWaitsMakesNoFurtherAttempt() {
    local.gateway.failNext(Status.UNAVAILABLE);
    CompletableFuture<?> answer = ANALYZE.start(local.builder().build());
    answer.cancel(true);
    local.time.forward(AMPLE);
    assertThat(local.gateway.received()).hasSize(1);
  }

  @Test
  void aSpeakerIsEnrolledOnceWhenTheAnswerGetsLost() {
    // The gateway has seen the request: from here nobody knows whether it was done.
    local.gateway.failNext(Status.UNAVAILABLE.withDescription("connection closed"));
    Mt2kdClient client = local.builder().build();
    assertThatThrownBy(() -> client.enroll(EnrollRequest.of("alice", Call.clip())))
        .isInstanceOf(UnavailableException.class);
    assertThat(local.gateway.onlyReceived().method())
        .isEqualTo(SpeakerServiceGrpc.getEnrollSpeakerMethod().getFullMethodName());
  }

  @Test
  void refusesPoliciesThatMakeNoSense() {
    assertThatThrownBy(() -> new RetryPolicy(0, Duration.ofMillis(1), Duration.ofMillis(1)))
        .hasMessage("maxAttempts: 0 (expected: >= 1)");
    assertThatThrownBy(() -> new RetryPolicy(1, Duration.ZERO, Duration.ofMillis(1)))
        .hasMessageContaining("initialBackoff: PT0S");
    assertThatThrownBy(() -> new RetryPolicy(1, Duration.ofMillis(2), Duration.ofMillis(1)))
        .hasMessageContaining("maxBackoff: PT0.001S");
  }
}
