package io.mt2kd.gateway.grpc;

import static io.mt2kd.gateway.grpc.FakeDecoder.recording;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Status;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.speaker.TenantId;
import io.mt2kd.v1.DeleteSpeakerRequest;
import io.mt2kd.v1.DeleteSpeakerResponse;
import io.mt2kd.v1.EnrollSpeakerRequest;
import io.mt2kd.v1.EnrollSpeakerResponse;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.RecognizeRequest;
import io.mt2kd.v1.SpeakerServiceGrpc;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
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
          // Longer than what is decoded without a worker: the gateway's fixture sees it leave.
          .addRecordings(recording(60, 0))
          .build();

  @RegisterExtension final GatewayInProcess gateway = new GatewayInProcess();

  @Test
  void detachesFromACallerThatCancels() throws Exception {
    CompletableFuture<BatchOutput> reply = gateway.backend.hold();
    ListenableFuture<EnrollSpeakerResponse> call = enroll(gateway, Duration.ofMinutes(1));
    UtteranceBatch batch = gateway.backend.batches.take();

    call.cancel(true);
    gateway.ended.acquire();

    assertThat(reply).as("the backend's call goes on").isNotDone();
    reply.complete(FakeBackend.hear(batch));
    assertNobodyIsEnrolled(gateway);
  }

  @Test
  void answersAtTheCallersDeadlineWhileTheBackendGoesOn() throws Exception {
    CompletableFuture<BatchOutput> reply = gateway.backend.hold();
    ListenableFuture<EnrollSpeakerResponse> call = enroll(gateway, Duration.ofSeconds(1));
    UtteranceBatch batch = gateway.backend.batches.take();

    assertThat(refusal(call).code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);

    gateway.ended.acquire();
    assertThat(reply).as("the backend's call goes on").isNotDone();
    reply.complete(FakeBackend.hear(batch));
    assertNobodyIsEnrolled(gateway);
  }

  @Test
  void deletesNobodyForACallerWhoHasGoneBeforeItsTurn() throws Exception {
    enroll(gateway, Duration.ofMinutes(1)).get();
    gateway.ended.acquire();
    gateway.left.drainPermits();
    CountDownLatch busy = new CountDownLatch(1);
    gateway.occupyWorkers(busy);
    ListenableFuture<DeleteSpeakerResponse> call =
        SpeakerServiceGrpc.newFutureStub(gateway.channel())
            .deleteSpeaker(DeleteSpeakerRequest.newBuilder().setName("speakers/alice").build());
    gateway.left.acquire();

    call.cancel(true);
    gateway.ended.acquire();
    busy.countDown();

    gateway.finishWork();
    assertThat(gateway.store.list(TenantId.DEFAULT, "", 1)).hasSize(1);
  }

  @Test
  void servesOthersWhileOneWaits() throws Exception {
    CompletableFuture<BatchOutput> held = gateway.backend.hold();
    ListenableFuture<EnrollSpeakerResponse> call = enroll(gateway, Duration.ofMinutes(1));
    UtteranceBatch batch = gateway.backend.batches.take();

    gateway.backend.answer = other -> CompletableFuture.completedFuture(FakeBackend.hear(other));
    recognize();
    held.complete(FakeBackend.hear(batch));

    assertThat(call.get().getSpeaker().getName()).isEqualTo("speakers/alice");
  }

  @Test
  void tellsTheBatcherTheCallersDeadline() throws Exception {
    long before = System.nanoTime();
    enroll(gateway, Duration.ofSeconds(15)).get();
    long after = System.nanoTime();

    assertThat(gateway.deadlines.take())
        .isBetween(before + 14_000_000_000L, after + 15_000_000_000L);
  }

  @Test
  void tellsTheBatcherItsOwnTimeLimitWhereTheCallersDeadlineIsLater() throws Exception {
    long before = System.nanoTime();
    enroll(gateway, Duration.ofHours(1)).get();
    long after = System.nanoTime();

    assertThat(gateway.deadlines.take())
        .isBetween(before + 60_000_000_000L, after + 60_000_000_000L);
  }

  @Nested
  class WithABackendThatIsBusy {
    @RegisterExtension
    final GatewayInProcess narrow = new GatewayInProcess(Duration.ofMinutes(1), 1);

    @Test
    void aCallerThatGoesWhileItWaitsCostsTheBackendNothing() throws Exception {
      CompletableFuture<BatchOutput> held = narrow.backend.hold();
      ListenableFuture<EnrollSpeakerResponse> first = enroll(narrow, Duration.ofMinutes(1));
      UtteranceBatch batch = narrow.backend.batches.take();
      ListenableFuture<EnrollSpeakerResponse> second = enroll(narrow, Duration.ofMinutes(1));
      awaitWaiting(1);

      second.cancel(true);
      awaitWaiting(0);
      held.complete(FakeBackend.hear(batch));

      first.get();
      narrow.finishWork();
      assertThat(narrow.backend.batches).isEmpty();
    }

    private void awaitWaiting(int utterances) {
      while (narrow.batcher.load().utterancesWaiting() != utterances) {
        Thread.yield();
      }
    }
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
    final GatewayInProcess hasty = new GatewayInProcess(Duration.ofSeconds(1), 16);

    @Test
    void endsACallThatNamesNoDeadline() throws Exception {
      CompletableFuture<BatchOutput> reply = hasty.backend.hold();
      ListenableFuture<EnrollSpeakerResponse> call =
          SpeakerServiceGrpc.newFutureStub(hasty.channel()).enrollSpeaker(ENROLL);
      UtteranceBatch batch = hasty.backend.batches.take();

      Refusal refusal = refusal(call);

      assertThat(refusal.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(refusal.message()).isEqualTo("the gateway's own time limit was spent");
      hasty.ended.acquire();
      assertThat(reply).as("the backend's call goes on").isNotDone();
      reply.complete(FakeBackend.hear(batch));
      assertNobodyIsEnrolled(hasty);
    }
  }

  private static ListenableFuture<EnrollSpeakerResponse> enroll(
      GatewayInProcess gateway, Duration deadline) {
    return SpeakerServiceGrpc.newFutureStub(gateway.channel())
        .withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS)
        .enrollSpeaker(ENROLL);
  }

  private static Refusal refusal(ListenableFuture<?> call) {
    return Refusal.of(
        () -> {
          try {
            call.get();
          } catch (ExecutionException e) {
            throw e.getCause();
          }
        });
  }

  private static void assertNobodyIsEnrolled(GatewayInProcess gateway) throws Exception {
    gateway.finishWork();
    assertThat(gateway.store.list(TenantId.DEFAULT, "", 1)).isEmpty();
  }

  private void recognize() {
    RecognitionServiceGrpc.newBlockingStub(gateway.channel())
        .recognize(RecognizeRequest.newBuilder().setAudio(recording(10, 0)).build());
  }
}
