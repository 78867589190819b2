package io.mt2kd.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class FieldBytesTest {
  private static final byte[] BYTES = new byte[1000];

  static {
    for (int i = 0; i < BYTES.length; i++) {
      BYTES[i] = (byte) i;
    }
  }

  @Test
  void bytesInOnePieceAreNotCopied() {
    ByteBuffer bytes = FieldBytes.of(UnsafeByteOperations.unsafeWrap(BYTES));

    assertThat(bytes.array()).isSameAs(BYTES);
    assertThat(bytes).isEqualTo(ByteBuffer.wrap(BYTES));
  }

  @Test
  void partOfAnArrayHasNothingOfTheRest() {
    ByteBuffer bytes = FieldBytes.of(UnsafeByteOperations.unsafeWrap(BYTES).substring(10, 300));

    assertThat(bytes.capacity()).isEqualTo(290);
    assertThat(bytes).isEqualTo(ByteBuffer.wrap(BYTES, 10, 290));
  }

  @Test
  void bytesInSeveralPiecesAreJoined() {
    ByteString rope = ByteString.copyFrom(BYTES).concat(ByteString.copyFrom(BYTES));

    assertThat(FieldBytes.of(rope)).isEqualTo(rope.asReadOnlyByteBuffer());
  }

  @Test
  void noBytesAreNone() {
    assertThat(FieldBytes.of(ByteString.EMPTY).hasRemaining()).isFalse();
  }
}
