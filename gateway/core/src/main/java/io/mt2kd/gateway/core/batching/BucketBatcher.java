package io.mt2kd.gateway.core.batching;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchListener.SentBatch;
import io.mt2kd.gateway.core.batching.BatchListener.SubmittedUtterance;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.batching.internal.schedule.Batch;
import io.mt2kd.gateway.core.batching.internal.schedule.BatchScheduler;
import io.mt2kd.gateway.core.batching.internal.schedule.Decisions;
import io.mt2kd.gateway.core.batching.internal.schedule.QueuedUtterance;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.InternalException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.failure.UnavailableException;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.Placement;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.core.logging.LogContext;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers utterances by length: see {@link BatchScheduler} for which leave together, and when.
 *
 * <p>A batch of more than one on which the backend fails is run again utterance by utterance, once:
 * only whoever makes it fail sees the error. {@link UnavailableException} says that the backend is
 * not there, which is nobody's fault: all members get it at once.
 *
 * <p>Every event passes through the scheduler under one lock; batches are sent and futures
 * completed outside of it, by the thread that brought the event. A batch that has left is cancelled
 * when its last member gives up, where that stops the backend, and never where it does not: it
 * would count as ended while the backend still works on it. Thread-safe.
 */
public final class BucketBatcher implements Batcher, BatchForecast, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BucketBatcher.class);

  private final InferenceBackend backend;
  private final Alarm alarm;
  private final LongSupplier ticker;
  private final BatchListener listener;
  private final long originNanos;
  private final Trampoline trampoline = new Trampoline();

  private final ReentrantLock lock = new ReentrantLock();
  // Hold the lock for these three.
  private final BatchScheduler<Submission> scheduler;
  private long wakeNanos = Decisions.NO_WAKE;
  private boolean closed;

  /** A batcher that nobody watches. */
  public BucketBatcher(
      InferenceBackend backend, BatchingSettings settings, Alarm alarm, LongSupplier ticker) {
    this(backend, settings, alarm, ticker, BatchListener.NONE);
  }

  /**
   * @param backend that is sent batches until this batcher is closed; not closed with it
   * @param ticker nanoseconds of a clock that never goes back, by which the alarm runs too
   */
  public BucketBatcher(
      InferenceBackend backend,
      BatchingSettings settings,
      Alarm alarm,
      LongSupplier ticker,
      BatchListener listener) {
    this.backend = backend;
    this.alarm = alarm;
    this.ticker = ticker;
    this.listener = listener;
    this.originNanos = ticker.getAsLong();
    this.scheduler = new BatchScheduler<>(settings, new ServiceTimes());
  }

  @Override
  public CompletableFuture<BatchedUtterance> submit(
      String requestId,
      ServedModel model,
      Waveform waveform,
      Set<Head> heads,
      Priority priority,
      long deadlineNanos) {
    ModelManifest manifest = model.manifest();
    int bucketSamples = manifest.bucketSamples(waveform.sampleCount());
    List<String> replicas = backend.replicas();
    CompletableFuture<BatchedUtterance> reply = new CompletableFuture<>();
    SubmittedUtterance watcher =
        listener.submitted(requestId, waveform.sampleCount(), bucketSamples);
    Submission submission = new Submission(requestId, waveform, Set.copyOf(heads), reply, watcher);
    QueuedUtterance<Submission> queued =
        happens(
            now -> {
              if (closed) {
                return null;
              }
              scheduler.serve(manifest.maxBatchSize(), replicas);
              return scheduler.arrive(
                  now,
                  submission,
                  waveform.sampleCount(),
                  bucketSamples,
                  submission.heads(),
                  priority,
                  deadlineNanos - originNanos);
            });
    if (queued == null) {
      reply.completeExceptionally(stopping());
    }
    reply.whenComplete(
        (answer, failure) -> {
          if (queued != null && reply.isCancelled()) {
            withdraw(queued);
          }
          watcher.ended(answer, failure);
        });
    return reply;
  }

  @Override
  public Forecast forecast(
      ServedModel model,
      Priority priority,
      List<Integer> bucketSamples,
      long deadlineNanos,
      double timeShare,
      long samplesAhead) {
    List<String> replicas = backend.replicas();
    lock.lock();
    try {
      scheduler.serve(model.manifest().maxBatchSize(), replicas);
      double nanosPerSample = scheduler.nanosPerSample(bucketSamples.get(0));
      long lateness =
          scheduler.latenessNanos(
              ticker.getAsLong() - originNanos,
              priority,
              bucketSamples,
              deadlineNanos - originNanos,
              timeShare,
              (long) (samplesAhead * nanosPerSample));
      return new Forecast(
          Duration.ofNanos(lateness), nanosPerSample * Waveform.SAMPLE_RATE_HERTZ / 1e9);
    } finally {
      lock.unlock();
    }
  }

  /** What waits and what is under way now. */
  public BatcherLoad load() {
    lock.lock();
    try {
      return new BatcherLoad(
          scheduler.waiting(),
          Waveform.durationOf(scheduler.paddedSamplesWaiting()),
          scheduler.batchesInFlight(),
          Waveform.durationOf(scheduler.paddedSamplesInFlight()),
          scheduler.batchesInFlightLimits());
    } finally {
      lock.unlock();
    }
  }

  /** Ends what has not left with {@link UnavailableException}; what has left is still answered. */
  @Override
  public void close() {
    List<Submission> waiting;
    lock.lock();
    try {
      closed = true;
      waiting = scheduler.drain();
    } finally {
      lock.unlock();
    }
    waiting.forEach(submission -> submission.reply().completeExceptionally(stopping()));
  }

  private void withdraw(QueuedUtterance<Submission> queued) {
    happens(
        now -> {
          scheduler.withdraw(queued);
          return queued;
        });
  }

  private void wake(long atNanos) {
    lock.lock();
    try {
      if (atNanos != wakeNanos) {
        // An earlier alarm has taken its place; were it to set the next one, they would multiply.
        return;
      }
      wakeNanos = Decisions.NO_WAKE;
    } finally {
      lock.unlock();
    }
    happens(now -> null);
  }

  private <T extends @Nullable Object> T happens(LongFunction<T> event) {
    T result;
    Decisions<Submission> decisions;
    lock.lock();
    try {
      long now = ticker.getAsLong() - originNanos;
      result = event.apply(now);
      decisions = scheduler.decide(now);
      setAlarm(now, decisions.wakeNanos());
    } finally {
      lock.unlock();
    }
    trampoline.run(() -> carryOut(decisions));
    return result;
  }

  private void setAlarm(long now, long atNanos) {
    if (atNanos < wakeNanos && !closed) {
      wakeNanos = atNanos;
      alarm.after(Math.max(1, atNanos - now), () -> wake(atNanos));
    }
  }

  private void carryOut(Decisions<Submission> decisions) {
    // Sent first: the backend's time is what is scarce.
    decisions.batches().forEach(this::send);
    for (Submission refused : decisions.refused()) {
      refused
          .reply()
          .completeExceptionally(
              new DeadlineExceededException("the answer would come after the deadline"));
    }
  }

  private void send(Batch<Submission> batch) {
    List<Submission> members = batch.members().stream().map(QueuedUtterance::utterance).toList();
    if (log.isDebugEnabled()) {
      log.debug(
          "[{}] batch of {}", id(members), members.stream().map(Submission::requestId).toList());
    }
    List<Waveform> waveforms = members.stream().map(Submission::waveform).toList();
    UtteranceBatch request =
        new UtteranceBatch(
            id(members), waveforms, batch.paddedLength(), batch.heads(), timeLimit(batch));
    SentBatch watcher = listener.sent(request, members.stream().map(Submission::watcher).toList());
    UtteranceBatch traced = request.tracedBy(watcher.traceParent());
    CompletableFuture<BatchOutput> answer;
    try {
      answer = backend.infer(traced, placement(batch));
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    answer.whenComplete(
        (output, failure) -> {
          watcher.ended(output, output == null ? reason(failure) : null);
          ended(batch, traced, output, failure);
        });
    if (backend.stopsWhenCancelled()) {
      cancelWithLastMember(batch, answer);
    }
  }

  private Placement placement(Batch<Submission> batch) {
    return new Placement() {
      // Where the scheduler takes it to be; the batch goes one way at a time.
      private volatile String place = batch.replica();

      @Override
      public Set<String> full() {
        lock.lock();
        try {
          return scheduler.full(batch);
        } finally {
          lock.unlock();
        }
      }

      @Override
      public void goesTo(String replica) {
        if (!replica.equals(place)) {
          place = replica;
          happens(
              now -> {
                scheduler.placed(now, batch, replica);
                return batch;
              });
        }
      }
    };
  }

  private void cancelWithLastMember(
      Batch<Submission> batch, CompletableFuture<BatchOutput> answer) {
    AtomicInteger members = new AtomicInteger(batch.size());
    for (QueuedUtterance<Submission> member : batch.members()) {
      CompletableFuture<BatchedUtterance> reply = member.utterance().reply();
      reply.whenComplete(
          (ignored, failure) -> {
            if (reply.isCancelled() && members.decrementAndGet() == 0) {
              answer.cancel(false);
            }
          });
    }
  }

  /** Until the last of them stops waiting. */
  private static Duration timeLimit(Batch<Submission> batch) {
    long latest =
        batch.members().stream().mapToLong(QueuedUtterance::deadlineNanos).max().orElseThrow();
    return Duration.ofNanos(latest - batch.sentNanos());
  }

  /** For logs on both sides: the caller's own id where there is one caller. */
  private static String id(List<Submission> members) {
    String first = members.get(0).requestId();
    return members.size() == 1 ? first : first + "+" + (members.size() - 1);
  }

  private void ended(
      Batch<Submission> batch,
      UtteranceBatch request,
      @Nullable BatchOutput output,
      @Nullable Throwable failure) {
    if (output == null) {
      failed(batch, request, reason(failure));
    } else if (output.utterances().size() != batch.size()) {
      failed(
          batch,
          request,
          new InternalException(
              output.utterances().size() + " answers to a batch of " + batch.size()));
    } else {
      finished(batch, request, output);
    }
  }

  private void finished(Batch<Submission> batch, UtteranceBatch request, BatchOutput output) {
    happens(
        now -> {
          scheduler.finished(now, batch, output.model().replica());
          return batch;
        });
    for (int i = 0; i < batch.size(); i++) {
      QueuedUtterance<Submission> member = batch.members().get(i);
      Submission submission = member.utterance();
      submission
          .reply()
          .complete(
              new BatchedUtterance(
                  submission.own(output.utterances().get(i)),
                  output.model(),
                  batch.size(),
                  batch.bucketSamples(),
                  request.paddedSamples(),
                  Duration.ofNanos(batch.sentNanos() - member.arrivalNanos()),
                  output.backendTime()));
    }
  }

  private void failed(Batch<Submission> batch, UtteranceBatch request, Throwable failure) {
    boolean membersMayBeTheReason =
        !(failure instanceof UnavailableException
            || failure instanceof OverloadedException
            || failure instanceof CancellationException);
    List<Submission> answered = happens(now -> scheduler.failed(now, batch, membersMayBeTheReason));
    if (answered.isEmpty() && membersMayBeTheReason) {
      try (LogContext named = LogContext.of(request.id(), request.traceParent())) {
        log.warn(
            "[{}] a batch of {} failed: each of them runs alone now",
            request.id(),
            batch.size(),
            failure);
      }
    }
    answered.forEach(submission -> submission.reply().completeExceptionally(failure));
  }

  private static Throwable reason(@Nullable Throwable failure) {
    if (failure == null) {
      return new InternalException("no answer");
    }
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private static UnavailableException stopping() {
    return new UnavailableException("the gateway is stopping");
  }
}
