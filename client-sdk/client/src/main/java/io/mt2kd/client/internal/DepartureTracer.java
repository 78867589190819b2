package io.mt2kd.client.internal;

import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;

/**
 * Learns whether an attempt ever left this process. gRPC reports headers when they have been
 * written to the socket; a request whose headers were not written cannot have been seen by any
 * gateway.
 */
final class DepartureTracer extends ClientStreamTracer.Factory {
  private volatile boolean departed;

  boolean departed() {
    return departed;
  }

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    return new ClientStreamTracer() {
      @Override
      public void outboundHeaders() {
        departed = true;
      }
    };
  }
}
