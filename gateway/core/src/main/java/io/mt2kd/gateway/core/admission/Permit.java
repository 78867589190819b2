package io.mt2kd.gateway.core.admission;

import io.mt2kd.gateway.core.failure.OverloadedException;
import java.util.List;

/**
 * A call's place in the gateway. Whoever asked for it owns it and ends it in one of four ways; the
 * first ending counts, and gives back what the permit holds, and later ones do nothing.
 * Thread-safe.
 */
public final class Permit {
  private final AdmissionControl control;
  private final long admittedNanos;
  private final boolean alone;
  // Guarded by the control's lock.
  private AdmissionRequest request;
  private long samples;
  private boolean decoded;
  private boolean ended;

  Permit(
      AdmissionControl control,
      AdmissionRequest request,
      long samples,
      long admittedNanos,
      boolean alone) {
    this.control = control;
    this.request = request;
    this.samples = samples;
    this.admittedNanos = admittedNanos;
    this.alone = alone;
  }

  /** Whether nothing else was admitted and not answered when the call was let in. */
  public boolean isAlone() {
    return alone;
  }

  /**
   * The recordings have been decoded and go to the batcher now: from here on the permit holds what
   * they really are.
   *
   * @param sampleCounts of the recordings at 16 kHz
   * @throws OverloadedException where they are longer than they looked and there is no room for
   *     that; the permit is still to be ended then
   */
  public void decoded(List<Integer> sampleCounts) {
    control.decoded(this, sampleCounts);
  }

  /** The call has its answer. */
  public void completed() {
    control.end(this, Ending.COMPLETED);
  }

  /** The call was refused after all: too late to be served in time, or the backend is full. */
  public void dropped() {
    control.end(this, Ending.DROPPED);
  }

  /** The call ended with an error of ours or of the backend. */
  public void failed() {
    control.end(this, Ending.FAILED);
  }

  /** The call says nothing about the load: its caller gave up, or it could never be served. */
  public void ignored() {
    control.end(this, Ending.IGNORED);
  }

  AdmissionRequest request() {
    return request;
  }

  long samples() {
    return samples;
  }

  long admittedNanos() {
    return admittedNanos;
  }

  boolean isDecoded() {
    return decoded;
  }

  void becomeDecoded(AdmissionRequest really, long reallySamples) {
    request = really;
    samples = reallySamples;
    decoded = true;
  }

  boolean isEnded() {
    return ended;
  }

  void becomeEnded() {
    ended = true;
  }
}
