package io.mt2kd.gateway.audio.internal.opus;

import io.github.jaredmdobson.concentus.OpusDecoder;
import io.github.jaredmdobson.concentus.OpusException;
import io.github.jaredmdobson.concentus.OpusPacketInfo;
import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.audio.internal.resample.WaveformBuilder;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes Opus packets and hands on the mean of the channels, at 48 kHz.
 *
 * <p>The codec can decode at 16 kHz by itself, but this port of it (concentus 1.0.2) then gives
 * silence for hybrid packets, which is what speech at 32 kbit/s consists of. At 48 kHz it agrees
 * with the reference decoder to 67 dB and better. One use, one thread.
 */
final class OpusPacketDecoder {
  private static final Logger logger = LoggerFactory.getLogger(OpusPacketDecoder.class);

  /** The rate of Opus' clock, in which it counts whatever the rate of the sound was. */
  static final int SAMPLE_RATE_HERTZ = 48_000;

  private static final int LONGEST_PACKET = SAMPLE_RATE_HERTZ * 120 / 1000;

  private final OpusDecoder decoder;
  private final OpusHead head;
  private final WaveformBuilder waveform;
  private final short[] pcm;
  private int packets;

  /** Samples still to be dropped at the beginning. */
  private int toSkip;

  OpusPacketDecoder(OpusHead head, WaveformBuilder waveform) {
    this.head = head;
    this.waveform = waveform;
    pcm = new short[LONGEST_PACKET * head.channelCount()];
    toSkip = head.preSkip();
    try {
      decoder = new OpusDecoder(SAMPLE_RATE_HERTZ, head.channelCount());
    } catch (OpusException e) {
      throw new IllegalStateException("Opus decoder", e);
    }
  }

  /**
   * Duration that the packet's first bytes state.
   *
   * @return samples of one channel
   * @throws InvalidArgumentException on {@code content} where the packet is empty or longer than
   *     120 ms
   */
  static int duration(byte[] packet) {
    int samples = OpusPacketInfo.getNumSamples(packet, 0, packet.length, SAMPLE_RATE_HERTZ);
    if (samples <= 0) {
      throw Malformed.content(
          "an Opus packet of " + packet.length + " bytes without a duration", "2.5 to 120 ms");
    }
    return samples;
  }

  /**
   * Decodes the next packet.
   *
   * @param most samples to hand on at most
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
    int end = skipped + (int) Math.min(count - skipped, most);
    double scale = head.gain() / head.channelCount();
    for (int i = skipped; i < end; i++) {
      waveform.append(scale * (head.channelCount() == 1 ? pcm[i] : pcm[2 * i] + pcm[2 * i + 1]));
    }
    return end - skipped;
  }
}
