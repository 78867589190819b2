package io.mt2kd.gateway.core.admission;

import io.mt2kd.gateway.core.admission.internal.TenantShares;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchForecast;
import io.mt2kd.gateway.core.batching.BatchForecast.Forecast;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.failure.OverloadedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets calls in, or refuses them at once. It stands before decoding, so that a flood costs no more
 * than reading it, and decides on the caller's own thread in microseconds; what a recording looks
 * like by its size is put right once it is decoded.
 *
 * <p>Everything is counted in audio, padding included. A call is let in where
 *
 * <ol>
 *   <li><b>Bound.</b> what is admitted and not answered stays within the maximum with it. A call
 *       that is longer than that counts as all of it.
 *   <li><b>Deadline.</b> the {@link BatchForecast} says that it will be in time, and those that
 *       wait and come after it too. Those that are being decoded count as before it. A part of
 *       {@value #RESERVE} of each one's time is kept for what no forecast knows: a backend that
 *       stands still for a moment makes all late that wait for it. Where more comes than can be
 *       done, nothing is lost by it but waiting.
 *   <li><b>Share.</b> both holds with the room left over that other tenants have a claim to, if the
 *       tenant is above its share: see {@link TenantShares}.
 * </ol>
 *
 * <p>For a call of the batch class the gateway is smaller by the batch share: that part of the
 * bound, and that part of the time to its deadline. So it is refused first, and what is left of its
 * time is for interactive calls that overtake it.
 *
 * <p>An idle gateway refuses nobody: whatever the forecast says, only a call that runs can put it
 * right.
 *
 * <p>Whoever is refused is told when there is likely to be room: after the time that the backend
 * needs for the excess, between {@value #LEAST_HINT_MILLIS} ms and {@value #MOST_HINT_MILLIS} ms,
 * and up to half as long again at random, so that those refused together do not return together.
 *
 * <p>Thread-safe.
 */
public final class AdmissionControl {
  private static final long LEAST_HINT_MILLIS = 50;
  private static final long MOST_HINT_MILLIS = 10_000;
  private static final double JITTER = 0.5;
  private static final double RESERVE = 0.2;
  // A claim has to outlive the hint, its jitter and the caller's own.
  private static final int CLAIM_HINTS = 2;

  private final AdmissionSettings settings;
  private final long maximumSamples;
  private final BatchForecast forecast;
  private final LongSupplier ticker;
  private final DoubleSupplier random;
  private final AdmissionListener listener;

  private final ReentrantLock lock = new ReentrantLock();
  // Hold the lock for these.
  private final TenantShares shares;
  private final long[] used = new long[Priority.values().length];
  private final long[] decoding = new long[Priority.values().length];
  private int calls;

  /**
   * @param forecast of the batcher that admitted calls go to
   * @param ticker nanoseconds of a clock that never goes back, by which deadlines are given
   * @param random uniform in [0, 1)
   */
  public AdmissionControl(
      AdmissionSettings settings,
      BatchForecast forecast,
      LongSupplier ticker,
      DoubleSupplier random,
      AdmissionListener listener) {
    this.settings = settings;
    this.maximumSamples = samples(settings.maximumAudio());
    this.forecast = forecast;
    this.ticker = ticker;
    this.random = random;
    this.listener = listener;
    this.shares = new TenantShares(settings.tenantWeights());
  }

  /**
   * Lets a call in.
   *
   * @return its place, which the caller ends
   * @throws OverloadedException where there is none, with the time after which to try again
   */
  public Permit admit(AdmissionRequest request) {
    long samples = samples(request);
    Permit permit;
    Refused refused;
    lock.lock();
    try {
      long now = ticker.getAsLong();
      permit = new Permit(this, request, samples, now, calls == 0);
      refused = permit.isAlone() ? null : judge(now, request, samples);
      if (refused == null) {
        calls++;
        shares.use(request.tenant(), request.priority(), samples);
        used[request.priority().ordinal()] += samples;
        decoding[request.priority().ordinal()] += samples;
      } else {
        long end = now + CLAIM_HINTS * refused.hintNanos;
        shares.claim(now, request.tenant(), request.priority(), samples, end);
      }
    } finally {
      lock.unlock();
    }
    if (refused != null) {
      throw refuse(request, samples, refused);
    }
    listener.admitted(request, Waveform.durationOf(samples));
    return permit;
  }

  /** What is admitted and not answered now. */
  public AdmissionLoad load() {
    lock.lock();
    try {
      return new AdmissionLoad(
          settings.maximumAudio(),
          Waveform.durationOf(used[Priority.INTERACTIVE.ordinal()]),
          Waveform.durationOf(used[Priority.BATCH.ordinal()]),
          calls,
          shares.tenants());
    } finally {
      lock.unlock();
    }
  }

  void decoded(Permit permit, List<Integer> sampleCounts) {
    AdmissionRequest really;
    long samples;
    Refused refused;
    lock.lock();
    try {
      if (permit.isEnded() || permit.isDecoded()) {
        return;
      }
      really = permit.request().withSampleCounts(sampleCounts);
      samples = samples(really);
      // Judged as if it came now, with what it holds already given back.
      hold(permit, -1);
      refused =
          samples <= permit.samples() || calls == 1
              ? null
              : judge(ticker.getAsLong(), really, samples);
      if (refused == null) {
        permit.becomeDecoded(really, samples);
      }
      hold(permit, 1);
    } finally {
      lock.unlock();
    }
    if (refused != null) {
      throw refuse(really, samples, refused);
    }
  }

  void end(Permit permit, Ending ending) {
    AdmissionRequest request;
    long samples;
    long now;
    lock.lock();
    try {
      if (permit.isEnded()) {
        return;
      }
      hold(permit, -1);
      permit.becomeEnded();
      calls--;
      request = permit.request();
      samples = permit.samples();
      now = ticker.getAsLong();
    } finally {
      lock.unlock();
    }
    listener.ended(
        request,
        Waveform.durationOf(samples),
        ending,
        Duration.ofNanos(now - permit.admittedNanos()));
  }

  private void hold(Permit permit, int sign) {
    long samples = sign * permit.samples();
    int priority = permit.request().priority().ordinal();
    shares.change(permit.request().tenant(), samples);
    used[priority] += samples;
    if (!permit.isDecoded()) {
      decoding[priority] += samples;
    }
  }

  private @Nullable Refused judge(long now, AdmissionRequest request, long samples) {
    boolean batch = request.priority() == Priority.BATCH;
    double part = batch ? settings.batchShare() : 1;
    long held = shares.heldForOthers(now, request.tenant(), request.priority(), samples);
    long ahead = decoding[Priority.INTERACTIVE.ordinal()];
    if (batch) {
      ahead += decoding[Priority.BATCH.ordinal()];
    }
    Forecast whole = forecast(request, ahead + held);

    long excess = shares.total() + samples + held - (long) (part * maximumSamples);
    if (excess > 0) {
      double seconds = (double) excess / Waveform.SAMPLE_RATE_HERTZ * whole.secondsPerAudioSecond();
      return new Refused(
          excess <= held ? Refusal.TENANT_SHARE : Refusal.AUDIO_LIMIT,
          hint((long) (seconds * 1e9)));
    }
    if (whole.lateness().compareTo(Duration.ZERO) <= 0) {
      return null;
    }
    boolean inTimeWithoutClaims =
        held > 0 && forecast(request, ahead).lateness().compareTo(Duration.ZERO) <= 0;
    return new Refused(
        inTimeWithoutClaims ? Refusal.TENANT_SHARE : Refusal.DEADLINE,
        hint(whole.lateness().toNanos()));
  }

  private Forecast forecast(AdmissionRequest request, long samplesAhead) {
    return forecast.forecast(
        request.model(),
        request.priority(),
        request.bucketSamples(),
        request.deadlineNanos(),
        request.priority() == Priority.BATCH ? settings.batchShare() : 1 - RESERVE,
        samplesAhead);
  }

  private long hint(long nanos) {
    long bounded =
        Math.max(LEAST_HINT_MILLIS * 1_000_000, Math.min(nanos, MOST_HINT_MILLIS * 1_000_000));
    return (long) (bounded * (1 + JITTER * random.getAsDouble()));
  }

  private OverloadedException refuse(AdmissionRequest request, long samples, Refused refused) {
    listener.refused(request, Waveform.durationOf(samples), refused.reason);
    return new OverloadedException(text(refused.reason), Duration.ofNanos(refused.hintNanos));
  }

  private static String text(Refusal reason) {
    return switch (reason) {
      case AUDIO_LIMIT -> "as much audio waits for its answer as may";
      case TENANT_SHARE -> "the tenant has its share, and others want theirs";
      case DEADLINE -> "the answer would come after the deadline";
    };
  }

  private long samples(AdmissionRequest request) {
    return Math.min(
        maximumSamples, request.bucketSamples().stream().mapToLong(Integer::longValue).sum());
  }

  private static long samples(Duration audio) {
    return (long) (audio.toNanos() / 1e9 * Waveform.SAMPLE_RATE_HERTZ);
  }

  private record Refused(Refusal reason, long hintNanos) {}
}
