package io.mt2kd.gateway.core.admission;

import java.time.Duration;

/**
 * Port: told of every decision, for metrics. Called on the thread of the call, outside of any lock;
 * must neither block nor throw.
 */
public interface AdmissionListener {
  /** Hears nothing. */
  AdmissionListener NONE = new AdmissionListener() {};

  /**
   * A call was let in.
   *
   * @param audio that it counts as, padding included
   */
  default void admitted(AdmissionRequest request, Duration audio) {}

  /** A call was refused, at once or when its recordings turned out longer than they looked. */
  default void refused(AdmissionRequest request, Duration audio, Refusal reason) {}

  /**
   * A call that was let in has ended; told exactly once for each.
   *
   * @param held since it was let in
   */
  default void ended(AdmissionRequest request, Duration audio, Ending ending, Duration held) {}
}
