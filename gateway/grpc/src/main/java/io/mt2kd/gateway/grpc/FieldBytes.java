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
  private @Nullable ByteBuffer whole;
  private int pieces;

  private FieldBytes() {}

  /** The bytes, which nobody may write to. With an array, unless they lie in several pieces. */
  static ByteBuffer of(ByteString field) {
    FieldBytes found = new FieldBytes();
    try {
      UnsafeByteOperations.unsafeWriteTo(field, found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ByteBuffer whole = found.whole;
    return whole != null && found.pieces == 1 ? whole : field.asReadOnlyByteBuffer();
  }

  @Override
  public void writeLazy(byte[] value, int offset, int length) {
    pieces++;
    whole = ByteBuffer.wrap(value, offset, length).slice();
  }

  @Override
  public void writeLazy(ByteBuffer value) {
    pieces++;
    whole = value.slice();
  }

  // What comes by these may be changed afterwards.

  @Override
  public void write(byte value) {
    pieces += 2;
  }

  @Override
  public void write(byte[] value, int offset, int length) {
    pieces += 2;
  }

  @Override
  public void write(ByteBuffer value) {
    pieces += 2;
  }
}
