package io.mt2kd.gateway.core.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the batcher tells of utterances and batches. */
class BatchListenerTest {
  private static final int MINUTE = 60_000;

  private final FakeTime time = new FakeTime();
  private final HeldBackend backend = new HeldBackend();
  private final Recorder recorder = new Recorder();
  private final BucketBatcher batcher =
      new BucketBatcher(
          backend, new BatchingSettings(1, Duration.ofSeconds(1)), time, time, recorder);

  @Test
  void tellsOfEachUtteranceAndOfTheBatchThatCarriesThem() {
    submit("a", MINUTE);
    submit("b", MINUTE);
    submit("c", MINUTE);
    backend.finish(0);
    backend.finish(1);

    assertThat(recorder.told)
        .containsExactly(
            "a submitted 16000 in 16000",
            "a+0 sent [a]",
            "b submitted 16000 in 16000",
            "c submitted 16000 in 16000",
            "a+0 answered",
            "b+1 sent [b, c]",
            "a answered",
            "b+1 answered",
            "b answered",
            "c answered");
  }

  @Test
  void theTraceOfABatchGoesToTheBackend() {
    submit("a", MINUTE);

    assertThat(backend.batches.get(0).traceParent()).isEqualTo("trace of [a]");
  }

  @Test
  void tellsTwiceOfWhatRunsAgainAloneButOnceOfItsEnd() {
    submit("a", MINUTE);
    submit("b", MINUTE);
    submit("c", MINUTE);
    backend.finish(0);
    recorder.told.clear();
    backend.answer = batch -> CompletableFuture.completedFuture(HeldBackend.hear(batch));

    backend.fail(1, new InternalException("bad"));

    assertThat(recorder.told)
        .containsExactly(
            "b+1 failed InternalException",
            "b+0 sent [b]",
            "b+0 answered",
            "b answered",
            "c+0 sent [c]",
            "c+0 answered",
            "c answered");
  }

  @Test
  void tellsHowAnUtteranceEndedThatHasNoAnswer() {
    submit("a", MINUTE);
    submit("late", 50);
    submit("withdrawn", MINUTE).cancel(false);
    submit("unlucky", MINUTE);
    time.advanceMillis(60);
    recorder.told.clear();
    backend.fail(0, new UnavailableException("gone"));
    batcher.close();
    submit("too late", MINUTE);

    assertThat(recorder.ends)
        .containsExactly(
            "withdrawn " + CancellationException.class.getSimpleName(),
            "late " + DeadlineExceededException.class.getSimpleName(),
            "a " + UnavailableException.class.getSimpleName(),
            "too late " + UnavailableException.class.getSimpleName());
  }

  private CompletableFuture<BatchedUtterance> submit(String requestId, long millis) {
    return batcher.submit(
        requestId,
        HeldBackend.MODEL,
        Waveform.of(new short[16_000]),
        Set.of(Head.AT),
        Priority.INTERACTIVE,
        time.in(millis));
  }

  private static final class Recorder implements BatchListener {
    final List<String> told = new ArrayList<>();
    final List<String> ends = new ArrayList<>();

    @Override
    public SubmittedUtterance submitted(String requestId, int sampleCount, int bucketSamples) {
      told.add(requestId + " submitted " + sampleCount + " in " + bucketSamples);
      return new Named(requestId);
    }

    @Override
    public SentBatch sent(UtteranceBatch batch, List<SubmittedUtterance> members) {
      String id = batch.id().contains("+") ? batch.id() : batch.id() + "+0";
      told.add(id + " sent " + members);
      return new SentBatch() {
        @Override
        public String traceParent() {
          return "trace of " + members;
        }

        @Override
        public void ended(@Nullable BatchOutput output, @Nullable Throwable failure) {
          told.add(id + end(output, failure));
        }
      };
    }

    private static String end(@Nullable Object answer, @Nullable Throwable failure) {
      assertThat(answer == null).isEqualTo(failure != null);
      return failure == null ? " answered" : " failed " + failure.getClass().getSimpleName();
    }

    private final class Named implements SubmittedUtterance {
      private final String requestId;

      Named(String requestId) {
        this.requestId = requestId;
      }

      @Override
      public void ended(@Nullable BatchedUtterance answer, @Nullable Throwable failure) {
        told.add(requestId + end(answer, failure));
        if (failure != null) {
          ends.add(requestId + " " + failure.getClass().getSimpleName());
        }
      }

      @Override
      public String toString() {
        return requestId;
      }
    }
  }
}
