package io.mt2kd.gateway.core.batching.simulation;

import java.util.List;

/** Decides in a simulation which requests leave together, and when. */
interface Policy {
  /** Where decisions go. */
  interface Dispatch {
    /**
     * @param tag given back when the batch has finished
     */
    void send(List<Request> members, int paddedSamples, Object tag);

    void refuse(Request request);
  }

  long NO_WAKE = Long.MAX_VALUE;

  void arrived(long now, Request request, Dispatch dispatch);

  void finished(long now, Object tag, Dispatch dispatch);

  /** Called at {@link #wakeNanos}. */
  default void woken(long now, Dispatch dispatch) {}

  /** When to be woken unless something happens before; asked after each event. */
  default long wakeNanos() {
    return NO_WAKE;
  }

  /** One way from the policy to the backend. */
  default long hopNanos() {
    return 300_000;
  }
}
