package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.admission.AdmissionRequest;
import io.mt2kd.gateway.core.admission.Permit;
import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchedUtterance;
import io.mt2kd.gateway.core.batching.Batcher;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.FailedPreconditionException;
import io.mt2kd.gateway.core.failure.GatewayException;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.gateway.core.failure.NotFoundException;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.InferenceBackend;
import io.mt2kd.gateway.core.inference.ServedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of every recording: admit, decode, then batch. Thread-safe.
 *
 * <p>A call is admitted or refused on the thread that brings it, before a worker has to do with it:
 * however far behind the workers are, a refusal does not wait for them. That thread is a
 * connection's own, and what else comes through the connection waits for it: so decoding is left to
 * others, but for a short recording that is alone in the gateway. There the hand-over would take
 * longer.
 *
 * <p>All recordings of a call are decoded before the first of them reaches the backend: a call with
 * a bad recording costs the backend nothing. A call that nobody waits for any more ends at once,
 * and its recordings that the backend has not got stay away from it.
 */
public final class UtterancePipeline {
  /** Most recordings in one call. */
  public static final int MAXIMUM_RECORDINGS = 16;

  private static final int SHORT_SAMPLES = 5 * Waveform.SAMPLE_RATE_HERTZ;

  private final InferenceBackend backend;
  private final AdmissionControl admission;
  private final AudioDecoder decoder;
  private final Batcher batcher;
  private final Executor decoding;
  private final Executor workers;

  /**
   * @param admission in front of the batcher
   * @param decoding for decoding, which is computation and never blocks
   * @param workers for what comes before it and may block, and for what follows a reply that comes
   *     with others
   */
  public UtterancePipeline(
      InferenceBackend backend,
      AdmissionControl admission,
      AudioDecoder decoder,
      Batcher batcher,
      Executor decoding,
      Executor workers) {
    this.backend = backend;
    this.admission = admission;
    this.decoder = decoder;
    this.batcher = batcher;
    this.decoding = decoding;
    this.workers = workers;
  }

  /**
   * Runs one recording through the heads; problems with it are on field {@code audio}.
   *
   * @param heads at least one
   */
  public CompletableFuture<HeardUtterance> hear(Call call, EncodedAudio audio, Set<Head> heads) {
    return hear(call, List.of(recording("audio", audio)), null, waveform -> {}, heads)
        .thenApply(utterances -> utterances.get(0));
  }

  /**
   * Runs the recordings of one voice through the speaker head, in their order; problems are on
   * field {@code recordings[i]}.
   */
  public CompletableFuture<List<HeardUtterance>> hearVoice(Call call, List<EncodedAudio> audios) {
    return hear(call, recordings(audios), null, waveform -> {}, Set.of(Head.SV));
  }

  /**
   * The same where more is asked than recordings that can be read.
   *
   * @param requirement called with each waveform in their order, by one thread; may throw an {@link
   *     InvalidArgumentException} relative to the recording
   */
  public CompletableFuture<List<HeardUtterance>> hearVoice(
      Call call, List<EncodedAudio> audios, Consumer<Waveform> requirement) {
    return hear(call, recordings(audios), null, requirement, Set.of(Head.SV));
  }

  /**
   * The same where something else has to be there.
   *
   * @param before called by a worker once the call is admitted, before anything is decoded; may
   *     block, and throw what ends the call
   */
  public CompletableFuture<List<HeardUtterance>> hearVoice(
      Call call, List<EncodedAudio> audios, Runnable before) {
    return hear(call, recordings(audios), before, waveform -> {}, Set.of(Head.SV));
  }

  private CompletableFuture<List<HeardUtterance>> hear(
      Call call,
      List<Recording> recordings,
      @Nullable Runnable before,
      Consumer<Waveform> requirement,
      Set<Head> heads) {
    ServedModel model;
    Permit permit;
    try {
      model = backend.model();
      permit = admit(call, model, recordings);
    } catch (GatewayException e) {
      return CompletableFuture.failedFuture(e);
    }
    try {
      CompletableFuture<List<HeardUtterance>> heard =
          ready(call, before)
              .thenApplyAsync(
                  ready -> decode(call, model, recordings, requirement),
                  whereToDecode(permit, recordings))
              .thenCompose(decoded -> submit(call, permit, decoded, heads));
      call.abandoned().thenRun(permit::ignored);
      return heard
          .whenComplete((utterances, failure) -> end(permit, call, failure))
          .thenCompose(this::handOver);
    } catch (RuntimeException e) {
      // No worker takes it any more.
      permit.failed();
      throw e;
    }
  }

  private CompletableFuture<Void> ready(Call call, @Nullable Runnable before) {
    if (before == null) {
      return CompletableFuture.completedFuture(null);
    }
    return CompletableFuture.runAsync(
        () -> {
          call.requireAwaited();
          before.run();
        },
        workers);
  }

  private Executor whereToDecode(Permit permit, List<Recording> recordings) {
    long samples = recordings.stream().mapToLong(Recording::samples).sum();
    return permit.isAlone() && samples <= SHORT_SAMPLES ? Runnable::run : decoding;
  }

  /**
   * Replies arrive on a thread of the backend's. The others of a batch must not wait until one has
   * been taken further, perhaps with a look into the store; where there are no others, that thread
   * may as well do it.
   */
  private CompletableFuture<List<HeardUtterance>> handOver(List<HeardUtterance> utterances) {
    boolean alone = utterances.size() == 1 && utterances.get(0).batched().batchSize() == 1;
    return alone
        ? CompletableFuture.completedFuture(utterances)
        : CompletableFuture.supplyAsync(() -> utterances, workers);
  }

  private Permit admit(Call call, ServedModel model, List<Recording> recordings) {
    return admission.admit(
        new AdmissionRequest(
            call.tenant(),
            call.priority(),
            model,
            recordings.stream().map(Recording::samples).toList(),
            call.deadlineNanos()));
  }

  private static void end(Permit permit, Call call, @Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause == null) {
      permit.completed();
    } else if (call.abandoned().isDone() || isTheCallersOwn(cause)) {
      permit.ignored();
    } else if (cause instanceof OverloadedException || cause instanceof DeadlineExceededException) {
      permit.dropped();
    } else {
      permit.failed();
    }
  }

  private static boolean isTheCallersOwn(Throwable cause) {
    return cause instanceof InvalidArgumentException
        || cause instanceof NotFoundException
        || cause instanceof FailedPreconditionException;
  }

  private List<Decoded> decode(
      Call call, ServedModel model, List<Recording> recordings, Consumer<Waveform> requirement) {
    List<Decoded> decoded = new ArrayList<>();
    for (Recording recording : recordings) {
      call.requireAwaited();
      long start = call.ticker().getAsLong();
      Waveform waveform;
      try {
        waveform = decoder.decode(recording.audio(), model.manifest().lengthLimits());
        requirement.accept(waveform);
      } catch (InvalidArgumentException e) {
        throw e.within(recording.field());
      }
      Duration time = Duration.ofNanos(call.ticker().getAsLong() - start);
      decoded.add(new Decoded(model, waveform, time));
    }
    call.requireAwaited();
    return decoded;
  }

  private CompletableFuture<List<HeardUtterance>> submit(
      Call call, Permit permit, List<Decoded> decoded, Set<Head> heads) {
    permit.decoded(decoded.stream().map(each -> each.waveform().sampleCount()).toList());
    return all(decoded.stream().map(each -> submit(call, each, heads)).toList());
  }

  private CompletableFuture<HeardUtterance> submit(Call call, Decoded decoded, Set<Head> heads) {
    CompletableFuture<BatchedUtterance> reply =
        batcher.submit(
            call.requestId(),
            decoded.model(),
            decoded.waveform(),
            heads,
            call.priority(),
            call.deadlineNanos());
    call.abandoned().thenRun(() -> reply.cancel(false));
    return reply
        .exceptionally(
            failure -> {
              throw failure instanceof CancellationException
                  ? new DeadlineExceededException("the caller stopped waiting")
                  : new CompletionException(failure);
            })
        .thenApply(
            batched -> new HeardUtterance(decoded.waveform(), decoded.decodeTime(), batched));
  }

  private static CompletableFuture<List<HeardUtterance>> all(
      List<CompletableFuture<HeardUtterance>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
        .thenApply(done -> futures.stream().map(CompletableFuture::join).toList());
  }

  private List<Recording> recordings(List<EncodedAudio> audios) {
    if (audios.isEmpty() || audios.size() > MAXIMUM_RECORDINGS) {
      throw InvalidArgumentException.of(
          "recordings", audios.size() + " recordings", "1 to " + MAXIMUM_RECORDINGS);
    }
    List<Recording> recordings = new ArrayList<>();
    for (int i = 0; i < audios.size(); i++) {
      recordings.add(recording("recordings[" + i + "]", audios.get(i)));
    }
    return recordings;
  }

  private Recording recording(String field, EncodedAudio audio) {
    return new Recording(field, audio, decoder.estimateSamples(audio));
  }

  /**
   * @param samples that it probably has
   */
  private record Recording(String field, EncodedAudio audio, int samples) {}

  private record Decoded(ServedModel model, Waveform waveform, Duration decodeTime) {}
}
