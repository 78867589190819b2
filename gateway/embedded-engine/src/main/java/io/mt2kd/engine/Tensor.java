package io.mt2kd.engine;

import ai.onnxruntime.OnnxTensor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A tensor in ONNX Runtime's memory, with one owner that closes it once.
 *
 * <p>A count of the open ones goes along, so that a test can prove that none is left.
 */
final class Tensor implements AutoCloseable {
  private final OnnxTensor value;
  private final AtomicLong openTensors;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Takes {@code value} over; nobody else closes it from here on. */
  Tensor(OnnxTensor value, AtomicLong openTensors) {
    this.value = value;
    this.openTensors = openTensors;
    openTensors.incrementAndGet();
  }

  OnnxTensor value() {
    return value;
  }

  long[] shape() {
    return value.getInfo().getShape();
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      throw new IllegalStateException("a tensor was closed twice");
    }
    value.close();
    openTensors.decrementAndGet();
  }
}
