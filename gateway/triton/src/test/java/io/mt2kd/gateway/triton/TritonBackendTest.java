package io.mt2kd.gateway.triton;

import static io.mt2kd.gateway.triton.fixture.Tensors.floats;
import static io.mt2kd.gateway.triton.fixture.Tensors.response;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import inference.ModelInferResponse;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Status;
import io.mt2kd.gateway.core.failure.GatewayException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.fixture.FakeTriton;
import io.mt2kd.gateway.triton.fixture.FakeTriton.InferCall;
import io.mt2kd.gateway.triton.fixture.Tensors;
import io.mt2kd.gateway.triton.internal.protocol.InferRequests;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class TritonBackendTest {
  private static final UtteranceBatch BATCH = Tensors.batch(Set.of(Head.AT), new short[] {1, 2});
  private static final ModelInferResponse REPLY = response(floats("tag_logits", 1, 5, 6));

  @RegisterExtension final FakeTriton triton = new FakeTriton();

  private final BlockingQueue<Boolean> told = new LinkedBlockingQueue<>();
  private TritonBackend backend;

  @BeforeEach
  void connect() throws Exception {
    backend = connect(Duration.ofMinutes(5));
  }

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void answersWithWhatTheServerSays() throws Exception {
    CompletableFuture<BatchOutput> result = backend.infer(BATCH);

    InferCall call = triton.inferCalls.take();
    assertThat(call.request()).isEqualTo(InferRequests.of("mt2kd", BATCH));
    call.reply(REPLY);

    assertThat(result.get().utterances().get(0).tagLogits()).containsExactly(5, 6);
    assertThat(result.get().model().replica()).isEqualTo("triton:8001");
    assertThat(result.get().backendTime()).isPositive();
  }

  @Test
  void doesNotCancelUpstreamWhereTheCallerCancels() throws Exception {
    CancellableContext caller = Context.current().withCancellation();
    CompletableFuture<BatchOutput> result = caller.call(() -> backend.infer(BATCH));
    InferCall call = triton.inferCalls.take();

    caller.cancel(null);

    assertGoesOn(call, result);
  }

  @Test
  void doesNotCancelUpstreamAtTheCallersDeadline() throws Exception {
    ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    try (CancellableContext caller =
        Context.current().withDeadlineAfter(200, TimeUnit.MILLISECONDS, scheduler)) {
      CountDownLatch late = new CountDownLatch(1);
      caller.addListener(context -> late.countDown(), Runnable::run);
      CompletableFuture<BatchOutput> result = caller.call(() -> backend.infer(BATCH));
      InferCall call = triton.inferCalls.take();

      late.await();

      assertThat(requireNonNull(call.deadline()).timeRemaining(TimeUnit.SECONDS))
          .as("the safety limit, not the caller's deadline")
          .isBetween(240L, 300L);
      assertGoesOn(call, result);
    } finally {
      scheduler.shutdownNow();
    }
  }

  @Test
  void doesNotCancelUpstreamWhereTheFutureIsGivenUp() throws Exception {
    CompletableFuture<BatchOutput> given = backend.infer(BATCH);
    InferCall call = triton.inferCalls.take();
    given.cancel(true);

    // A second call on the same connection: by its answer, a cancel of the first had arrived.
    CompletableFuture<BatchOutput> second = backend.infer(BATCH);
    assertGoesOn(triton.inferCalls.take(), second);

    assertThat(call.caller().isCancelled()).isFalse();
    call.reply(REPLY);
  }

  @Test
  void givesUpAtTheSafetyLimit() throws Exception {
    backend.close();
    backend = connect(Duration.ofMillis(300));

    CompletableFuture<BatchOutput> result = backend.infer(BATCH);

    assertThatThrownBy(result::get)
        .hasCauseInstanceOf(UnavailableException.class)
        .hasMessageContaining("the model server does not answer");
  }

  @Test
  void tellsAFailureOfTheServerInOurOwnWords() throws Exception {
    CompletableFuture<BatchOutput> result = backend.infer(BATCH);
    triton.inferCalls.take().fail(Status.INTERNAL.withDescription("/srv/models"));

    assertThatThrownBy(result::get)
        .cause()
        .isInstanceOf(InternalException.class)
        .hasMessage("the model server failed on this request");
  }

  @Test
  void refusesAReplyOfAnotherModel() throws Exception {
    CompletableFuture<BatchOutput> result = backend.infer(BATCH);
    triton.inferCalls.take().reply(response(floats("tag_logits", 1, 5, 6, 7)));

    assertThatThrownBy(result::get).hasCauseInstanceOf(InternalException.class);
  }

  @Test
  void endsWhereTheServerEndsWithoutAReply() throws Exception {
    CompletableFuture<BatchOutput> result = backend.infer(BATCH);
    triton.inferCalls.take().caller().onCompleted();

    assertThatThrownBy(result::get).hasCauseInstanceOf(GatewayException.class);
  }

  @Test
  void asksNobodyWhileThereIsNoModel() throws Exception {
    triton.ready = false;
    assertThat(told.take()).isFalse();

    assertThatThrownBy(() -> backend.infer(BATCH).get())
        .hasCauseInstanceOf(UnavailableException.class);
    assertThat(triton.inferCalls).isEmpty();
    triton.ready = true;
    assertThat(told.take()).isTrue();
    CompletableFuture<BatchOutput> result = backend.infer(BATCH);
    assertGoesOn(triton.inferCalls.take(), result);
  }

  @Test
  void lastCallsFinishWhileItCloses() throws Exception {
    CompletableFuture<BatchOutput> result = backend.infer(BATCH);
    InferCall call = triton.inferCalls.take();
    Thread closing = new Thread(backend::close);
    closing.start();
    // Not before it waits for the call: one that is answered earlier says nothing of the closing.
    while (closing.getState() != Thread.State.TIMED_WAITING) {
      assertThat(closing.getState()).isNotEqualTo(Thread.State.TERMINATED);
      Thread.onSpinWait();
    }

    assertGoesOn(call, result);
    closing.join();
  }

  private TritonBackend connect(Duration safetyLimit) throws InterruptedException {
    TritonBackend connected =
        TritonBackend.connect(
            triton.channel(),
            "triton:8001",
            new TritonOptions(
                "mt2kd",
                safetyLimit,
                false,
                256,
                Duration.ZERO,
                Duration.ofSeconds(10),
                new HealthOptions(
                    Duration.ofMillis(20),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(5))),
            told::add);
    assertThat(told.take()).isTrue();
    return connected;
  }

  private static void assertGoesOn(InferCall call, CompletableFuture<BatchOutput> result)
      throws Exception {
    assertThat(result).isNotDone();
    call.reply(REPLY);
    assertThat(result.get().utterances()).hasSize(1);
    assertThat(call.caller().isCancelled()).isFalse();
  }
}
