package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchedUtterance;
import io.mt2kd.gateway.core.batching.Batcher;
import io.mt2kd.gateway.core.failure.DeadlineExceededException;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
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

/**
 * The way of every recording: decode, then batch. Thread-safe.
 *
 * <p>All recordings of a call are decoded before the first of them reaches the backend: a call with
 * a bad recording costs the backend nothing. A call that nobody waits for any more ends at once,
 * and its recordings that the backend has not got stay away from it.
 */
public final class UtterancePipeline {
  /** Most recordings in one call. */
  public static final int MAXIMUM_RECORDINGS = 16;

  private final InferenceBackend backend;
  private final AudioDecoder decoder;
  private final Batcher batcher;
  private final Executor workers;

  /**
   * @param workers for decoding, which is computation, and for what follows a reply
   */
  public UtterancePipeline(
      InferenceBackend backend, AudioDecoder decoder, Batcher batcher, Executor workers) {
    this.backend = backend;
    this.decoder = decoder;
    this.batcher = batcher;
    this.workers = workers;
  }

  /**
   * Runs one recording through the heads; problems with it are on field {@code audio}.
   *
   * @param heads at least one
   */
  public CompletableFuture<HeardUtterance> hear(Call call, EncodedAudio audio, Set<Head> heads) {
    return hear(call, List.of(new Recording("audio", audio)), waveform -> {}, heads)
        .thenApply(utterances -> utterances.get(0));
  }

  /**
   * Runs the recordings of one voice through the speaker head, in their order; problems are on
   * field {@code recordings[i]}.
   */
  public CompletableFuture<List<HeardUtterance>> hearVoice(Call call, List<EncodedAudio> audios) {
    return hearVoice(call, audios, waveform -> {});
  }

  /**
   * The same for recordings that must be more than readable.
   *
   * @param requirement called with each waveform in their order, by one thread; may throw an {@link
   *     InvalidArgumentException} relative to the recording
   */
  public CompletableFuture<List<HeardUtterance>> hearVoice(
      Call call, List<EncodedAudio> audios, Consumer<Waveform> requirement) {
    if (audios.isEmpty() || audios.size() > MAXIMUM_RECORDINGS) {
      throw InvalidArgumentException.of(
          "recordings", audios.size() + " recordings", "1 to " + MAXIMUM_RECORDINGS);
    }
    List<Recording> recordings = new ArrayList<>();
    for (int i = 0; i < audios.size(); i++) {
      recordings.add(new Recording("recordings[" + i + "]", audios.get(i)));
    }
    return hear(call, recordings, requirement, Set.of(Head.SV));
  }

  private CompletableFuture<List<HeardUtterance>> hear(
      Call call, List<Recording> recordings, Consumer<Waveform> requirement, Set<Head> heads) {
    return CompletableFuture.supplyAsync(() -> decode(call, recordings, requirement), workers)
        .thenCompose(decoded -> all(decoded.stream().map(d -> submit(call, d, heads)).toList()))
        // Replies arrive on the backend's threads, which must never wait for ours.
        .thenApplyAsync(utterances -> utterances, workers);
  }

  private List<Decoded> decode(
      Call call, List<Recording> recordings, Consumer<Waveform> requirement) {
    ServedModel model = backend.model();
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

  private CompletableFuture<HeardUtterance> submit(Call call, Decoded decoded, Set<Head> heads) {
    CompletableFuture<BatchedUtterance> reply =
        batcher.submit(
            call.requestId(), decoded.model(), decoded.waveform(), heads, call.deadlineNanos());
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

  private record Recording(String field, EncodedAudio audio) {}

  private record Decoded(ServedModel model, Waveform waveform, Duration decodeTime) {}
}
