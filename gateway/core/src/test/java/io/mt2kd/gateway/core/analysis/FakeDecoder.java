package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Reads a recording's four bytes: the length in tenths of a second and the voice's direction in
 * degrees. Takes 2 ms for each.
 */
final class FakeDecoder implements AudioDecoder {
  private final FakeTicker ticker;
  final List<EncodedAudio> decoded = new CopyOnWriteArrayList<>();

  /** What happens after each. */
  Runnable afterwards = () -> {};

  FakeDecoder(FakeTicker ticker) {
    this.ticker = ticker;
  }

  /** A recording that this decoder reads. */
  static EncodedAudio recording(int tenths, int degrees) {
    return new EncodedAudio(
        AudioEncoding.DETECT,
        0,
        0,
        ByteBuffer.allocate(4).putShort((short) tenths).putShort((short) degrees).flip());
  }

  /** A recording that no decoder reads. */
  static EncodedAudio broken() {
    return new EncodedAudio(AudioEncoding.DETECT, 0, 0, ByteBuffer.allocate(1));
  }

  @Override
  public int estimateSamples(EncodedAudio audio) {
    return audio.content().remaining() < 2 ? 0 : audio.content().getShort() * 1600;
  }

  @Override
  public Waveform decode(EncodedAudio audio, LengthLimits limits) {
    ticker.advanceMillis(2);
    decoded.add(audio);
    afterwards.run();
    ByteBuffer content = audio.content();
    if (content.remaining() != 4) {
      throw InvalidArgumentException.of("content", content.remaining() + " bytes", "4 bytes");
    }
    short[] samples = new short[limits.require(content.getShort() * 1600L)];
    samples[0] = content.getShort();
    return Waveform.of(samples);
  }
}
