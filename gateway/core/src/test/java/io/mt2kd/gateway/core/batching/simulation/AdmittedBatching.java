package io.mt2kd.gateway.core.batching.simulation;

import static java.util.Objects.requireNonNull;

import io.mt2kd.gateway.core.admission.AdmissionControl;
import io.mt2kd.gateway.core.admission.AdmissionListener;
import io.mt2kd.gateway.core.admission.AdmissionRequest;
import io.mt2kd.gateway.core.admission.AdmissionSettings;
import io.mt2kd.gateway.core.admission.Permit;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchForecast.Forecast;
import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.schedule.Batch;
import io.mt2kd.gateway.core.batching.internal.schedule.QueuedUtterance;
import io.mt2kd.gateway.core.failure.OverloadedException;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.model.Manifests;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The gateway's batching behind the gateway's admission, both the classes that serve. */
final class AdmittedBatching implements Policy {
  private static final ServedModel MODEL =
      new ServedModel(Manifests.MANIFEST, "simulated", "1", "replica");

  private final BucketBatching batching;
  private final AdmissionControl admission;
  private final int everyNthIsBatch;
  private final Map<Request, Permit> permits = new HashMap<>();
  private final Map<Request, Priority> priorities = new HashMap<>();
  private final int[] arrivals = new int[Priority.values().length];
  private final int[] inTime = new int[Priority.values().length];
  private long now;
  private long number;
  private int shed;

  /**
   * @param everyNthIsBatch which requests are of the batch class; 0 for none
   */
  AdmittedBatching(BatchingSettings settings, int maximumBatchSize, int everyNthIsBatch) {
    this.batching = new BucketBatching(settings, maximumBatchSize);
    this.everyNthIsBatch = everyNthIsBatch;
    this.admission =
        new AdmissionControl(
            new AdmissionSettings(Duration.ofHours(24), 0.5, Map.of()),
            this::forecast,
            () -> now,
            () -> 0.5,
            AdmissionListener.NONE);
  }

  /** Refused before they were let in. */
  int shed() {
    return shed;
  }

  /** Of those of a class that arrived, the share that was answered in time. */
  double inTimeShare(Priority priority) {
    return (double) inTime[priority.ordinal()] / arrivals[priority.ordinal()];
  }

  @Override
  public void arrived(long at, Request request, Dispatch dispatch) {
    now = at;
    boolean batch = everyNthIsBatch > 0 && number++ % everyNthIsBatch == 0;
    Priority priority = batch ? Priority.BATCH : Priority.INTERACTIVE;
    arrivals[priority.ordinal()]++;
    Permit permit;
    try {
      permit =
          admission.admit(
              new AdmissionRequest(
                  TenantId.DEFAULT,
                  priority,
                  MODEL,
                  List.of(request.samples()),
                  request.deadlineNanos()));
    } catch (OverloadedException e) {
      shed++;
      dispatch.refuse(request);
      return;
    }
    permit.decoded(List.of(request.samples()));
    permits.put(request, permit);
    priorities.put(request, priority);
    batching.arrived(at, request, priority, givingBack(dispatch));
  }

  @Override
  @SuppressWarnings("unchecked")
  public void finished(long at, Object tag, Dispatch dispatch) {
    now = at;
    for (QueuedUtterance<Request> member : ((Batch<Request>) tag).members()) {
      Request request = member.utterance();
      requireNonNull(permits.remove(request)).completed();
      Priority priority = requireNonNull(priorities.remove(request));
      if (at <= request.deadlineNanos()) {
        inTime[priority.ordinal()]++;
      }
    }
    batching.finished(at, tag, givingBack(dispatch));
  }

  @Override
  public void woken(long at, Dispatch dispatch) {
    now = at;
    batching.woken(at, givingBack(dispatch));
  }

  @Override
  public long wakeNanos() {
    return batching.wakeNanos();
  }

  private Dispatch givingBack(Dispatch dispatch) {
    return new Dispatch() {
      @Override
      public void send(List<Request> members, int paddedSamples, Object tag) {
        dispatch.send(members, paddedSamples, tag);
      }

      @Override
      public void refuse(Request request) {
        requireNonNull(permits.remove(request)).dropped();
        priorities.remove(request);
        dispatch.refuse(request);
      }
    };
  }

  private Forecast forecast(
      ServedModel model,
      Priority priority,
      List<Integer> bucketSamples,
      long deadlineNanos,
      double timeShare,
      long samplesAhead) {
    double nanosPerSample = batching.scheduler.nanosPerSample(bucketSamples.get(0));
    return new Forecast(
        Duration.ofNanos(
            batching.scheduler.latenessNanos(
                now,
                priority,
                bucketSamples,
                deadlineNanos,
                timeShare,
                (long) (samplesAhead * nanosPerSample))),
        nanosPerSample * Waveform.SAMPLE_RATE_HERTZ / 1e9);
  }
}
