package io.mt2kd.gateway.audio.internal.opus;

import io.github.jaredmdobson.concentus.OpusDecoder;
import io.github.jaredmdobson.concentus.OpusException;
import io.github.jaredmdobson.concentus.OpusPacketInfo;
import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.audio.internal.resample.WaveformBuilder;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes Opus packets at 16 kHz and hands on the mean of the channels.
 *
 * <p>The codec itself can leave out everything above 8 kHz, which costs a third of decoding at 48
 * kHz and resampling, and which is what the reference decoder does with the recordings that the
 * model was trained on. A packet lasts 2.5 to 120 ms, so that its length at 16 kHz is a third of
 * that at 48 kHz, exactly. One use, one thread.
 */
final class OpusPacketDecoder {
  private static final Logger logger = LoggerFactory.getLogger(OpusPacketDecoder.class);
  private static final int LONGEST_PACKET = Waveform.SAMPLE_RATE_HERTZ * 120 / 1000;

  private final OpusDecoder decoder;
  private final OpusHead head;
  private final WaveformBuilder waveform;
  private final short[] pcm;
  private int packets;

  /** Samples at 16 kHz still to be dropped at the beginning. */
  private int toSkip;

  OpusPacketDecoder(OpusHead head, WaveformBuilder waveform) {
    this.head = head;
    this.waveform = waveform;
    pcm = new short[LONGEST_PACKET * head.channelCount()];
    toSkip = (int) Math.round(head.preSkip() / 3.0);
    try {
      decoder = new OpusDecoder(Waveform.SAMPLE_RATE_HERTZ, head.channelCount());
    } catch (OpusException e) {
      throw new IllegalStateException("Opus decoder for 16 kHz", e);
    }
  }

  /**
   * Duration that the packet's first bytes state.
   *
   * @return samples at 48 kHz
   * @throws InvalidArgumentException on {@code content} where the packet is empty or longer than
   *     120 ms
   */
  static int duration(byte[] packet) {
    int samples = OpusPacketInfo.getNumSamples(packet, 0, packet.length, 48_000);
    if (samples <= 0) {
      throw Malformed.content(
          "an Opus packet of " + packet.length + " bytes without a duration", "2.5 to 120 ms");
    }
    return samples;
  }

  /**
   * Decodes the next packet.
   *
   * @param most samples at 16 kHz to hand on at most
   * @return samples handed on
   */
  int decode(byte[] packet, long most) {
    int count;
    try {
      count = decoder.decode(packet, 0, packet.length, pcm, 0, LONGEST_PACKET, false);
    } catch (OpusException | RuntimeException | AssertionError e) {
      // The library reports what it cannot read with all three.
      logger.debug("Opus decoder gave up at packet {}", packets, e);
      throw Malformed.content("Opus that is damaged in packet " + packets, "valid packets");
    }
    packets++;
    int skipped = Math.min(toSkip, count);
    toSkip -= skipped;
    int end = (int) Math.min(count, skipped + most);
    double scale = head.gain() / head.channelCount();
    for (int i = skipped; i < end; i++) {
      waveform.append(scale * (head.channelCount() == 1 ? pcm[i] : pcm[2 * i] + pcm[2 * i + 1]));
    }
    return end - skipped;
  }
}
