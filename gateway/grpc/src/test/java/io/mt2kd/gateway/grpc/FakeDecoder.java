package io.mt2kd.gateway.grpc;

import com.google.protobuf.ByteString;
import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import io.mt2kd.v1.Audio;
import java.nio.ByteBuffer;

/** Reads two bytes: the length in tenths of a second and the voice's direction in degrees. */
final class FakeDecoder implements AudioDecoder {
  /** A recording that this decoder reads. */
  static Audio recording(int tenths, int degrees) {
    return Audio.newBuilder()
        .setContent(ByteString.copyFrom(new byte[] {(byte) tenths, (byte) degrees}))
        .build();
  }

  @Override
  public int estimateSamples(EncodedAudio audio) {
    return audio.content().hasRemaining() ? (audio.content().get() & 0xff) * 1600 : 0;
  }

  @Override
  public Waveform decode(EncodedAudio audio, LengthLimits limits) {
    ByteBuffer content = audio.content();
    if (content.remaining() != 2) {
      throw InvalidArgumentException.of("content", content.remaining() + " bytes", "2 bytes");
    }
    short[] samples = new short[limits.require((content.get() & 0xff) * 1600L)];
    samples[0] = content.get();
    return Waveform.of(samples);
  }
}
