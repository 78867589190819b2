package io.mt2kd.gateway.audio.internal;

import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;

/**
 * Rate and channels of the samples in a recording, verified.
 *
 * @param sampleRateHertz 1,000 to 384,000
 * @param channelCount 1 to 32
 */
public record StreamShape(int sampleRateHertz, int channelCount) {
  private static final int LOWEST_RATE = 1_000;
  private static final int HIGHEST_RATE = 384_000;
  private static final int MOST_CHANNELS = 32;
  private static final String RATES = LOWEST_RATE + " to " + HIGHEST_RATE;
  private static final String CHANNELS = "1 to " + MOST_CHANNELS;

  /**
   * The shape of samples without a header: what the caller says is all there is. No channel count
   * means one channel.
   *
   * @throws InvalidArgumentException on {@code sample_rate_hertz} or {@code channel_count}
   */
  public static StreamShape saidBy(EncodedAudio audio) {
    if (!isRate(audio.sampleRateHertz())) {
      throw InvalidArgumentException.of(
          "sample_rate_hertz",
          audio.sampleRateHertz(),
          RATES + " for " + audio.encoding().apiName());
    }
    int channels = audio.channelCount() == 0 ? 1 : audio.channelCount();
    if (!isChannelCount(channels)) {
      throw InvalidArgumentException.of("channel_count", channels, CHANNELS);
    }
    return new StreamShape(audio.sampleRateHertz(), channels);
  }

  /**
   * The shape that a header declares, as unsigned numbers; the caller may leave it unsaid but must
   * not contradict it.
   *
   * @throws InvalidArgumentException on {@code content} where the header is out of range, on {@code
   *     sample_rate_hertz} or {@code channel_count} where the caller said something else
   */
  public static StreamShape declared(
      String format, long sampleRateHertz, long channelCount, EncodedAudio audio) {
    if (!isRate(sampleRateHertz)) {
      throw Malformed.content(format + " header with " + sampleRateHertz + " Hz", RATES + " Hz");
    }
    if (!isChannelCount(channelCount)) {
      throw Malformed.content(format + " header with " + channelCount + " channels", CHANNELS);
    }
    StreamShape shape = new StreamShape((int) sampleRateHertz, (int) channelCount);
    shape.requireSaidRate(audio, format);
    shape.requireSaidChannels(audio, format);
    return shape;
  }

  private void requireSaidRate(EncodedAudio audio, String format) {
    if (audio.sampleRateHertz() != 0 && audio.sampleRateHertz() != sampleRateHertz) {
      throw InvalidArgumentException.of(
          "sample_rate_hertz",
          audio.sampleRateHertz(),
          sampleRateHertz + " as in the " + format + " header, or 0");
    }
  }

  private void requireSaidChannels(EncodedAudio audio, String format) {
    if (audio.channelCount() != 0 && audio.channelCount() != channelCount) {
      throw InvalidArgumentException.of(
          "channel_count",
          audio.channelCount(),
          channelCount + " as in the " + format + " header, or 0");
    }
  }

  private static boolean isRate(long hertz) {
    return hertz >= LOWEST_RATE && hertz <= HIGHEST_RATE;
  }

  private static boolean isChannelCount(long count) {
    return count >= 1 && count <= MOST_CHANNELS;
  }
}
