package io.mt2kd.gateway.grpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A message's {@code bytes} where they lie: {@link ByteString#asReadOnlyByteBuffer} hides the
 * array, and what hides its array is copied when it becomes part of another message.
 */
final class FieldBytes extends ByteOutput {
  private final int size;
  private @Nullable ByteBuffer whole;

  private FieldBytes(int size) {
    this.size = size;
  }

  /** The bytes, which nobody may write to. With an array, unless they lie in several pieces. */
  static ByteBuffer of(ByteString field) {
    FieldBytes found = new FieldBytes(field.size());
    try {
      UnsafeByteOperations.unsafeWriteTo(field, found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ByteBuffer whole = found.whole;
    return whole != null ? whole : field.asReadOnlyByteBuffer();
  }

  @Override
  public void writeLazy(byte[] value, int offset, int length) {
    if (length == size) {
      whole = ByteBuffer.wrap(value, offset, length).slice();
    }
  }

  @Override
  public void writeLazy(ByteBuffer value) {}

  // What comes by these may be changed afterwards.

  @Override
  public void write(byte value) {}

  @Override
  public void write(byte[] value, int offset, int length) {}

  @Override
  public void write(ByteBuffer value) {}
}
