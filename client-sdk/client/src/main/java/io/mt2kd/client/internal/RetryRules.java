package io.mt2kd.client.internal;

import io.grpc.MethodDescriptor;
import io.mt2kd.client.RetryPolicy;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.ModelServiceGrpc;
import io.mt2kd.v1.RecognitionServiceGrpc;
import io.mt2kd.v1.SpeakerServiceGrpc;
import io.mt2kd.v1.TaggingServiceGrpc;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * The one place that decides what is repeated, and when.
 *
 * <table>
 *   <caption>What is repeated</caption>
 *   <tr><th>status</th><th>methods that only ask</th><th>enroll, delete</th></tr>
 *   <tr><td>UNAVAILABLE</td><td>yes</td><td>only if the request never left this process</td></tr>
 *   <tr><td>RESOURCE_EXHAUSTED with RetryInfo: the gateway sheds load</td><td>yes</td><td>no</td></tr>
 *   <tr><td>RESOURCE_EXHAUSTED without: too large, and so the next time</td><td>no</td><td>no</td></tr>
 *   <tr><td>anything else: the same request gets the same answer, or its time is spent</td><td>no</td><td>no</td></tr>
 * </table>
 *
 * <p>gRPC's own repetition is switched off: it gives up on requests over 1 MiB, which recordings
 * are.
 */
public final class RetryRules {
  private static final Set<MethodDescriptor<?, ?>> ONLY_ASK =
      Set.of(
          AnalysisServiceGrpc.getAnalyzeMethod(),
          RecognitionServiceGrpc.getRecognizeMethod(),
          TaggingServiceGrpc.getTagAudioMethod(),
          SpeakerServiceGrpc.getVerifySpeakerMethod(),
          SpeakerServiceGrpc.getIdentifySpeakerMethod(),
          SpeakerServiceGrpc.getGetSpeakerMethod(),
          SpeakerServiceGrpc.getListSpeakersMethod(),
          ModelServiceGrpc.getGetModelMethod());

  private final RetryPolicy policy;
  private final DoubleSupplier random;

  /**
   * Rules with these numbers.
   *
   * @param random uniform in [0, 1)
   */
  public RetryRules(RetryPolicy policy, DoubleSupplier random) {
    this.policy = policy;
    this.random = random;
  }

  /**
   * How long to wait before the next attempt.
   *
   * @param attempts made so far, >= 1
   * @param remaining until the call's deadline
   * @return empty when the failure is final
   */
  Optional<Duration> delayBeforeRetry(
      MethodDescriptor<?, ?> method, Failure failure, int attempts, Duration remaining) {
    if (attempts >= policy.maxAttempts() || !repeatable(method, failure)) {
      return Optional.empty();
    }
    Duration delay = backoff(attempts);
    Optional<Duration> asked = failure.retryAfter();
    if (asked.isPresent() && asked.get().compareTo(delay) > 0) {
      // Up to a fifth later than asked, so that those who were shed together do not return
      // together.
      delay = scale(asked.get(), 1 + 0.2 * random.getAsDouble());
    }
    return delay.compareTo(remaining) < 0 ? Optional.of(delay) : Optional.empty();
  }

  private static boolean repeatable(MethodDescriptor<?, ?> method, Failure failure) {
    boolean onlyAsks = ONLY_ASK.contains(method);
    return switch (failure.status().getCode()) {
      case UNAVAILABLE -> onlyAsks || !failure.departed();
      case RESOURCE_EXHAUSTED -> onlyAsks && failure.retryAfter().isPresent();
      default -> false;
    };
  }

  private Duration backoff(int attempts) {
    // 2^30 times any backoff is beyond every maximum that makes sense; more would overflow.
    double exponential = nanos(policy.initialBackoff()) * Math.pow(2, Math.min(attempts - 1, 30));
    double bounded = Math.min(exponential, nanos(policy.maxBackoff()));
    return Duration.ofNanos((long) (bounded * (0.5 + 0.5 * random.getAsDouble())));
  }

  private static Duration scale(Duration duration, double factor) {
    return Duration.ofNanos((long) (nanos(duration) * factor));
  }

  /** Saturates where {@code toNanos()} throws: what a gateway asks for may be centuries. */
  private static long nanos(Duration duration) {
    return TimeUnit.NANOSECONDS.convert(duration);
  }
}
