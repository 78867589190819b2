package io.mt2kd.gateway.grpc;

import static io.mt2kd.gateway.grpc.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Context;
import io.grpc.Status;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.v1.EnrollSpeakerRequest;
import io.mt2kd.v1.EnrollSpeakerResponse;
import io.mt2kd.v1.ListSpeakersRequest;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.RecognizeRequest;
import io.mt2kd.v1.SpeakerServiceGrpc;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What happens to calls whose callers, or whose time, give out. */
@Timeout(20)
class UnaryCallsTest {
  private static final EnrollSpeakerRequest ENROLL =
      EnrollSpeakerRequest.newBuilder()
          .setSpeakerId("alice")
          .addRecordings(recording(10, 0))
          .build();

  @RegisterExtension final GatewayInProcess gateway = new GatewayInProcess();

  @Test
  void detachesFromACallerThatCancels() throws Exception {
    CompletableFuture<BatchOutput> reply = gateway.backend.hold();
    CountDownLatch left = watchContext();
    ListenableFuture<EnrollSpeakerResponse> call =
        SpeakerServiceGrpc.newFutureStub(gateway.channel()).enrollSpeaker(ENROLL);
    UtteranceBatch batch = gateway.backend.batches.take();

    call.cancel(true);
    left.await();

    assertThat(reply).as("the backend's call goes on").isNotDone();
    reply.complete(FakeBackend.hear(batch));
    assertNobodyIsEnrolled();
  }

  @Test
  void answersTheCallersDeadlineWhileTheBackendGoesOn() throws Exception {
    CompletableFuture<BatchOutput> reply = gateway.backend.hold();
    CountDownLatch left = watchContext();

    assertThat(
            Refusal.of(
                    () ->
                        SpeakerServiceGrpc.newBlockingStub(gateway.channel())
                            .withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                            .enrollSpeaker(ENROLL))
                .code())
        .isEqualTo(Status.Code.DEADLINE_EXCEEDED);

    left.await();
    assertThat(reply).isNotDone();
    reply.complete(FakeBackend.hear(gateway.backend.batches.take()));
    assertNobodyIsEnrolled();
  }

  @Test
  void servesOthersWhileOneWaits() throws Exception {
    CompletableFuture<BatchOutput> held = gateway.backend.hold();
    ListenableFuture<EnrollSpeakerResponse> call =
        SpeakerServiceGrpc.newFutureStub(gateway.channel()).enrollSpeaker(ENROLL);
    UtteranceBatch batch = gateway.backend.batches.take();

    gateway.backend.answer =
        other -> CompletableFuture.completedFuture(FakeBackend.hear(other));
    recognize();
    held.complete(FakeBackend.hear(batch));

    assertThat(call.get().getSpeaker().getName()).isEqualTo("speakers/alice");
  }

  @Test
  void tellsNothingOfAnUnknownFailure() {
    gateway.backend.answer =
        batch -> CompletableFuture.failedFuture(new IllegalStateException("/srv/secret"));

    Refusal refusal = Refusal.of(this::recognize);

    assertThat(refusal.code()).isEqualTo(Status.Code.INTERNAL);
    assertThat(refusal.rich().toString()).doesNotContain("secret");
    assertThat(refusal.requestId()).isNotEmpty();
  }

  @Test
  void endsTheCallWhereTheBackendThrowsInsteadOfFailing() {
    gateway.backend.answer =
        batch -> {
          throw new IllegalStateException("/srv/secret");
        };

    assertThat(Refusal.of(this::recognize).code()).isEqualTo(Status.Code.INTERNAL);
  }

  @Nested
  class WithATimeLimitOfItsOwn {
    @RegisterExtension
    final GatewayInProcess hasty = new GatewayInProcess(Duration.ofMillis(300));

    @Test
    void endsACallThatNamesNoDeadline() throws Exception {
      CompletableFuture<BatchOutput> reply = hasty.backend.hold();

      Refusal refusal =
          Refusal.of(
              () -> SpeakerServiceGrpc.newBlockingStub(hasty.channel()).enrollSpeaker(ENROLL));

      assertThat(refusal.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(refusal.message()).isEqualTo("the gateway's own time limit was spent");
      assertThat(reply).isNotDone();
    }
  }

  /** Counted down when the context of the call that reaches the backend ends. */
  private CountDownLatch watchContext() {
    CountDownLatch left = new CountDownLatch(1);
    gateway.contexts = context -> context.addListener(ended -> left.countDown(), Runnable::run);
    return left;
  }

  private void assertNobodyIsEnrolled() {
    gateway.drain();
    assertThat(
            SpeakerServiceGrpc.newBlockingStub(gateway.channel())
                .listSpeakers(ListSpeakersRequest.getDefaultInstance())
                .getSpeakersList())
        .isEmpty();
  }

  private void recognize() {
    RecognitionServiceGrpc.newBlockingStub(gateway.channel())
        .recognize(RecognizeRequest.newBuilder().setAudio(recording(10, 0)).build());
  }
}
