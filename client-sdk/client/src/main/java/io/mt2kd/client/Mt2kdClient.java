package io.mt2kd.client;

import io.grpc.ManagedChannel;
import io.mt2kd.client.internal.CallSettings;
import io.mt2kd.client.internal.UnaryCalls;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Asks a gateway what was said, what else was heard and who spoke.
 *
 * <pre>{@code
 * try (Mt2kdClient client = Mt2kdClient.builder("localhost:50051").plaintext().build()) {
 *   Analysis analysis = client.analyze(Recording.file(Path.of("clip.wav")), Task.SPEECH_RECOGNITION, Task.AUDIO_TAGGING);
 *   System.out.println(analysis.transcript().text());
 * }
 * }</pre>
 *
 * <p>One client per process is enough: it is thread-safe and its calls share one connection per
 * gateway. Methods here wait for the answer; {@link #async()} has the same ones that do not. {@link
 * #withTimeout}, {@link #withTenant}, {@link #withPriority} and {@link #withMetadata} give another
 * view of the same client for calls that differ.
 *
 * <p>A call that fails throws a subclass of {@link Mt2kdException}. What may be repeated without
 * harm is repeated, as {@link RetryPolicy} says, within the call's timeout; enrolling and deleting
 * only when the request surely never left this process. A thread that is interrupted while it waits
 * cancels its call, stays interrupted, and gets a {@link CancellationException}. A closed client
 * throws {@link IllegalStateException}.
 */
public final class Mt2kdClient implements AutoCloseable {
  private final UnaryCalls calls;
  private final CallSettings settings;
  private final Duration drainTimeout;
  private final boolean view;
  private final AsyncMt2kdClient async;

  Mt2kdClient(UnaryCalls calls, CallSettings settings, Duration drainTimeout, boolean view) {
    this.calls = calls;
    this.settings = settings;
    this.drainTimeout = drainTimeout;
    this.view = view;
    this.async = new AsyncMt2kdClient(calls, settings);
  }

  /**
   * A client that makes its own connections, with TLS and the system's trust store unless told
   * otherwise.
   *
   * @param target {@code host:port}, resolved by DNS with calls spread over all addresses; or a
   *     gRPC target URI such as {@code unix:///run/gateway.sock}
   */
  public static Mt2kdClientBuilder builder(String target) {
    return new Mt2kdClientBuilder(target, null);
  }

  /**
   * A client on the caller's channel, which stays the caller's to shut down. Build it with {@code
   * disableRetry()}: this client repeats by itself.
   */
  public static Mt2kdClientBuilder builder(ManagedChannel channel) {
    return new Mt2kdClientBuilder(null, channel);
  }

  /**
   * The same client, whose calls may take so long, all attempts together. Closing the view does
   * nothing.
   */
  public Mt2kdClient withTimeout(Duration timeout) {
    return new Mt2kdClient(calls, settings.withTimeout(timeout), drainTimeout, true);
  }

  /** The same client for another tenant's speakers. Closing the view does nothing. */
  public Mt2kdClient withTenant(String tenant) {
    return withMetadata(CallSettings.TENANT_HEADER, tenant);
  }

  /**
   * The same client for calls whose answers are wanted so soon, for example {@link Priority#BATCH}
   * for a nightly job. Closing the view does nothing.
   */
  public Mt2kdClient withPriority(Priority priority) {
    return withMetadata(CallSettings.PRIORITY_HEADER, priority.header());
  }

  /** The same client with one more ASCII header on its calls. Closing the view does nothing. */
  public Mt2kdClient withMetadata(String key, String value) {
    return new Mt2kdClient(calls, settings.withMetadata(key, value), drainTimeout, true);
  }

  /** The same calls without waiting. */
  public AsyncMt2kdClient async() {
    return async;
  }

  /** Any set of questions about one recording, answered by one pass of the encoder. */
  public Analysis analyze(Recording recording, Task... tasks) {
    return analyze(AnalyzeRequest.of(recording, tasks));
  }

  /** Any set of questions about one recording, answered by one pass of the encoder. */
  public Analysis analyze(AnalyzeRequest request) {
    return await(async.analyze(request));
  }

  /** What was said. */
  public Recognition recognize(RecognizeRequest request) {
    return await(async.recognize(request));
  }

  /** What was heard. */
  public Tagging tag(TagRequest request) {
    return await(async.tag(request));
  }

  /**
   * Adds reference voiceprints to a speaker, who is created by the first call. Once answered, it is
   * durable. Not safe to repeat blindly after {@link DeadlineExceededException} or {@link
   * UnavailableException}: the recordings might be added twice; {@link #getSpeaker} tells.
   *
   * @throws FailedPreconditionException where the recordings do not belong to one voice or to the
   *     speaker enrolled so far, or the speaker has the most references it may have
   */
  public Enrollment enroll(EnrollRequest request) {
    return await(async.enroll(request));
  }

  /**
   * Is this the voice of that speaker?
   *
   * @throws NotFoundException where the tenant has no such speaker
   * @throws FailedPreconditionException where the speaker was enrolled with another model or has
   *     not enough speech yet
   */
  public Verification verify(VerifyRequest request) {
    return await(async.verify(request));
  }

  /** Whose voice of the tenant's speakers is this? */
  public Identification identify(IdentifyRequest request) {
    return await(async.identify(request));
  }

  /**
   * One speaker.
   *
   * @param speakerId the caller's id, or the resource name {@code speakers/{id}}
   * @throws NotFoundException where the tenant has no such speaker
   */
  public SpeakerProfile getSpeaker(String speakerId) {
    return await(async.getSpeaker(speakerId));
  }

  /** One page of the tenant's speakers, in the order of their ids. */
  public SpeakerPage listSpeakers(ListSpeakersRequest request) {
    return await(async.listSpeakers(request));
  }

  /**
   * Erases a speaker and its voiceprints.
   *
   * @param speakerId the caller's id, or the resource name {@code speakers/{id}}
   * @return voiceprints that were erased
   * @throws NotFoundException where the tenant has no such speaker
   */
  public int deleteSpeaker(String speakerId) {
    return await(async.deleteSpeaker(speakerId));
  }

  /** The model behind the gateway and the server that runs it. */
  public ModelInfo getModel() {
    return await(async.getModel());
  }

  /**
   * Takes no further calls, waits for those in flight up to the drain timeout, fails what is left
   * with {@link IllegalStateException}, and hangs up. Closing twice, or a view, does nothing. An
   * interrupt ends the wait and is kept.
   */
  @Override
  public void close() {
    if (!view) {
      calls.close(drainTimeout);
    }
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException("interrupted while waiting for the answer");
      cancelled.initCause(e);
      throw cancelled;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        // Nobody else has this exception; the caller's stack says more than that of a gRPC thread.
        failure.fillInStackTrace();
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
