package io.mt2kd.gateway.telemetry.tracing;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.ServerCall;
import io.grpc.Status;

/** Handles a call's events in its span, and ends the span with the last of them. */
final class TracedListener<Q> extends SimpleForwardingServerCallListener<Q> {
  private final TracedCall call;

  TracedListener(ServerCall.Listener<Q> listener, TracedCall call) {
    super(listener);
    this.call = call;
  }

  @Override
  public void onMessage(Q message) {
    call.run(() -> super.onMessage(message));
  }

  @Override
  public void onHalfClose() {
    call.run(super::onHalfClose);
  }

  @Override
  public void onReady() {
    call.run(super::onReady);
  }

  @Override
  public void onCancel() {
    try {
      call.run(super::onCancel);
    } finally {
      TracingInterceptor.setStatus(call.span(), Status.CANCELLED);
      call.span().end();
    }
  }

  @Override
  public void onComplete() {
    try {
      call.run(super::onComplete);
    } finally {
      call.span().end();
    }
  }
}
