package io.mt2kd.gateway.grpc;

import static io.mt2kd.gateway.grpc.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.rpc.RetryInfo;
import io.grpc.Channel;
import io.grpc.Status;
import io.mt2kd.gateway.core.admission.AdmissionSettings;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.RecognizeRequest;
import io.mt2kd.v1.RecognizeResponse;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.VerifySpeakerRequest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two seconds of audio may be in the gateway. */
@Timeout(20)
class AdmissionTest {
  @RegisterExtension
  final GatewayInProcess gateway =
      new GatewayInProcess(
          Duration.ofMinutes(1), 16, new AdmissionSettings(Duration.ofSeconds(2), 0.5, Map.of()));

  @Test
  void tellsWhoeverIsRefusedWhenToTryAgain() throws Exception {
    gateway.backend.hold();
    start(gateway.channel(), 10);
    start(gateway.channel(), 10);
    gateway.backend.batches.take();
    gateway.backend.batches.take();

    Refusal refusal = Refusal.of(() -> recognize(gateway.channel(), 10));

    assertThat(refusal.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refusal.reason()).isEqualTo("OVERLOADED");
    assertThat(refusal.message()).isEqualTo("as much audio waits for its answer as may");
    assertThat(refusal.requestId()).isNotEmpty();
    com.google.protobuf.Duration delay = refusal.detail(RetryInfo.class).getRetryDelay();
    assertThat(Duration.ofSeconds(delay.getSeconds(), delay.getNanos()))
        .isBetween(Duration.ofMillis(50), Duration.ofSeconds(10));
    assertThat(gateway.backend.batches).isEmpty();
  }

  @Nested
  class WithLittleTimeForACall {
    @RegisterExtension
    final GatewayInProcess hasty = new GatewayInProcess(Duration.ofMillis(10), 1);

    @Test
    void refusesAtOnceWhatCannotMeetItsDeadline() throws Exception {
      hasty.backend.hold();
      start(hasty.channel(), 10);
      hasty.backend.batches.take();

      // A second of audio is believed to take 20 ms until one has been answered.
      Refusal refusal = Refusal.of(() -> recognize(hasty.channel(), 10));

      assertThat(refusal.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(refusal.message()).isEqualTo("the answer would come after the deadline");
      assertThat(refusal.has(RetryInfo.class)).isTrue();
      assertThat(hasty.backend.batches).isEmpty();
    }
  }

  @Test
  void aRefusalDoesNotWaitForTheWorkers() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    gateway.occupyWorkers(busy);
    ListenableFuture<RecognizeResponse> first = start(gateway.channel(), 60);
    gateway.left.acquire();

    assertThat(Refusal.of(() -> recognize(gateway.channel(), 10)).code())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(
            Refusal.of(
                    () ->
                        SpeakerServiceGrpc.newBlockingStub(gateway.channel())
                            .verifySpeaker(
                                VerifySpeakerRequest.newBuilder()
                                    .setName("speakers/alice")
                                    .addRecordings(recording(10, 0))
                                    .build()))
                .code())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

    assertThat(first).isNotDone();
    busy.countDown();
    assertThat(first.get().getReceipt().getBatchSize()).isEqualTo(1);
  }

  @Test
  void aTenantThatFloodsLeavesTheNextRoomToAnother() throws Exception {
    CompletableFuture<BatchOutput> held = gateway.backend.hold();
    ListenableFuture<RecognizeResponse> first = start(gateway.channelOf("acme"), 10);
    UtteranceBatch batch = gateway.backend.batches.take();
    gateway.backend.hold();
    start(gateway.channelOf("acme"), 10);
    gateway.backend.batches.take();
    assertThat(Refusal.of(() -> recognize(gateway.channelOf("other"), 10)).code())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

    held.complete(FakeBackend.hear(batch));
    first.get();
    gateway.backend.answer = other -> CompletableFuture.completedFuture(FakeBackend.hear(other));

    Refusal refusal = Refusal.of(() -> recognize(gateway.channelOf("acme"), 10));
    assertThat(refusal.message()).isEqualTo("the tenant has its share, and others want theirs");
    assertThat(recognize(gateway.channelOf("other"), 10).getTranscript().getText())
        .isEqualTo("yes");
  }

  @Test
  void aCallerThatGoesGivesItsPlaceBack() throws Exception {
    gateway.backend.hold();
    ListenableFuture<RecognizeResponse> first = start(gateway.channel(), 60);
    gateway.backend.batches.take();

    first.cancel(true);
    gateway.ended.acquire();
    gateway.backend.answer = other -> CompletableFuture.completedFuture(FakeBackend.hear(other));

    assertThat(recognize(gateway.channel(), 10).getTranscript().getText()).isEqualTo("yes");
    assertThat(gateway.admission.load().calls()).isZero();
  }

  @Test
  void theHeaderNamesTheClass() throws Exception {
    recognize(gateway.channel(), 10);
    recognize(gateway.channelWith("mt2kd-priority", "interactive"), 10);
    recognize(gateway.channelWith("mt2kd-priority", "batch"), 10);

    assertThat(gateway.priorities)
        .containsExactly(Priority.INTERACTIVE, Priority.INTERACTIVE, Priority.BATCH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "BATCH", "high", "batch,interactive"})
  void refusesAClassThatThereIsNot(String value) {
    Refusal refusal = Refusal.of(() -> recognize(gateway.channelWith("mt2kd-priority", value), 10));

    assertThat(refusal.violation().getField()).isEqualTo("mt2kd-priority");
    assertThat(refusal.violation().getDescription()).endsWith("(expected: interactive or batch)");
  }

  private static ListenableFuture<RecognizeResponse> start(Channel channel, int tenths) {
    return RecognitionServiceGrpc.newFutureStub(channel).recognize(request(tenths));
  }

  private static RecognizeResponse recognize(Channel channel, int tenths) {
    return RecognitionServiceGrpc.newBlockingStub(channel).recognize(request(tenths));
  }

  private static RecognizeRequest request(int tenths) {
    return RecognizeRequest.newBuilder().setAudio(recording(tenths, 0)).build();
  }
}
