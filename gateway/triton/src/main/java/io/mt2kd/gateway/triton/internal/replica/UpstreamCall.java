package io.mt2kd.gateway.triton.internal.replica;

import inference.ModelInferResponse;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.internal.protocol.UnaryCall;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One batch under way at one replica, until the server answers or the call breaks. Whether anybody
 * still waits for it makes no difference to what it counts as.
 */
public final class UpstreamCall {
  private final Listener listener;
  final UtteranceBatch batch;
  final ServedModel model;
  final long samples;
  final long startNanos;

  /** Whether it came through the gate, or is a call of our own that does without. */
  final boolean gated;

  final Duration limit;

  private volatile @Nullable UnaryCall<ModelInferResponse> call;
  private volatile boolean cancelled;

  /** Told on the transport's thread, which must not be blocked; {@code stalled} on any. */
  public interface Listener {
    /** The end, told once; exactly one of the two is there. */
    void ended(@Nullable BatchOutput output, @Nullable Throwable failure);

    /** The replica does not answer; told again and again while that lasts. The call goes on. */
    default void stalled() {}
  }

  UpstreamCall(
      UtteranceBatch batch,
      ServedModel model,
      long startNanos,
      boolean gated,
      Duration limit,
      Listener listener) {
    this.batch = batch;
    this.model = model;
    this.samples = (long) batch.waveforms().size() * batch.paddedSamples();
    this.startNanos = startNanos;
    this.gated = gated;
    this.limit = limit;
    this.listener = listener;
  }

  /** Stops it upstream, which not every server survives. */
  public void cancel() {
    cancelled = true;
    UnaryCall<ModelInferResponse> started = call;
    if (started != null) {
      started.cancel();
    }
  }

  boolean isCancelled() {
    return cancelled;
  }

  void started(UnaryCall<ModelInferResponse> started) {
    call = started;
    // The cancel may have come in between.
    if (cancelled) {
      started.cancel();
    }
  }

  Listener listener() {
    return listener;
  }
}
