package io.mt2kd.gateway.core.batching.simulation;

import java.util.List;

/** Every request goes to the backend at once, alone and without padding, and waits there. */
final class NoBatching implements Policy {
  @Override
  public void arrived(long now, Request request, Dispatch dispatch) {
    dispatch.send(List.of(request), request.samples(), request);
  }

  @Override
  public void finished(long now, Object tag, Dispatch dispatch) {}
}
