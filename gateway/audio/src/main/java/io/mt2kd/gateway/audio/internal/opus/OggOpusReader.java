package io.mt2kd.gateway.audio.internal.opus;

import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.audio.internal.resample.WaveformBuilder;
import io.mt2kd.gateway.audio.internal.resample.WindowedSinc;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Decodes Opus in Ogg (RFC 7845): exactly one Opus stream, mono or stereo.
 *
 * <ul>
 *   <li>Every page's checksum, numbering and packet boundaries hold; a file that ends inside a page
 *       or a packet is refused. One that ends between pages is accepted without the mark of its
 *       end, because recorders that are switched off leave it so.
 *   <li>The first {@code pre-skip} samples are dropped, the output gain is applied, and the last
 *       page's granule position cuts the end. Granule positions do nothing else: neither a first
 *       one that is not zero nor a jump adds or removes sound.
 *   <li>Streams of other kinds beside the Opus stream (pictures, Skeleton) are passed over. A
 *       second Opus stream, beside or after the first, is refused: it would be silently lost.
 *   <li>A file without Opus is refused on {@code encoding}, with the name of what it holds.
 * </ul>
 */
public final class OggOpusReader {
  private final EncodedAudio audio;
  private final ByteBuffer content;
  private final WindowedSinc filter;
  private final LengthLimits limits;
  private int at;

  private OggOpusReader(EncodedAudio audio, WindowedSinc filter, LengthLimits limits) {
    this.audio = audio;
    this.filter = filter;
    this.limits = limits;
    content = audio.content().slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Decodes a recording that begins with {@code OggS}.
   *
   * @throws InvalidArgumentException as {@link io.mt2kd.gateway.core.audio.AudioDecoder#decode}
   *     does
   */
  public static Waveform read(EncodedAudio audio, WindowedSinc filter, LengthLimits limits) {
    return new OggOpusReader(audio, filter, limits).read();
  }

  private Waveform read() {
    OggPage first = findOpus();
    OpusHead head = OpusHead.parse(first.body());
    requireSaid(head);
    WaveformBuilder waveform =
        new WaveformBuilder(filter, OpusPacketDecoder.SAMPLE_RATE_HERTZ, limits);
    readPackets(first, head, new OpusPacketDecoder(head, waveform));
    return waveform.build();
  }

  /** The first page of the Opus stream; leaves {@link #at} after the first pages of all streams. */
  private OggPage findOpus() {
    OggPage opus = null;
    OggCodec other = OggCodec.UNKNOWN;
    while (OggPage.isAt(content, at)) {
      OggPage page = OggPage.parse(content, at);
      if (!page.beginsStream()) {
        break;
      }
      at = page.end();
      OggCodec codec = OggCodec.of(page.body());
      if (codec != OggCodec.OPUS) {
        other = other == OggCodec.UNKNOWN ? codec : other;
      } else if (opus == null) {
        opus = page;
      } else {
        throw severalStreams();
      }
    }
    if (opus == null) {
      throw InvalidArgumentException.of(
          "encoding", "Ogg with " + other.title(), "Opus in Ogg, WAV or FLAC");
    }
    return opus;
  }

  private void readPackets(OggPage first, OpusHead head, OpusPacketDecoder decoder) {
    OpusPackets packets = new OpusPackets(first.sequence() + 1, true);
    boolean ended = first.endsStream();
    long start = -1;
    long end = Long.MAX_VALUE;
    long handedOn = 0;
    while (OggPage.isAt(content, at)) {
      OggPage page = OggPage.parse(content, at);
      at = page.end();
      if (page.beginsStream()) {
        throw severalStreams();
      }
      if (page.serial() != first.serial()) {
        continue;
      }
      if (ended) {
        throw Malformed.content("Ogg that goes on after the end of its stream", "one Opus stream");
      }
      List<byte[]> complete = packets.take(page);
      if (start < 0 && !complete.isEmpty()) {
        start = Math.max(0, page.granulePosition() - duration(complete));
      }
      ended = page.endsStream();
      if (ended && page.granulePosition() >= 0) {
        end = Math.max(0, page.granulePosition() - Math.max(0, start) - head.preSkip());
      }
      for (byte[] packet : complete) {
        handedOn += decoder.decode(packet, Math.max(0, end - handedOn));
      }
    }
    if (packets.isOpen() || packets.isStepping()) {
      throw Malformed.content("Ogg that ends inside a packet", "whole packets");
    }
    if (!ended && at < content.limit()) {
      throw Malformed.content(
          "bytes that are no Ogg page at " + at, "pages to the end of the stream");
    }
  }

  private void requireSaid(OpusHead head) {
    // Opus has no rate of its own: both that of its clock and that of the sound before encoding are
    // right.
    boolean sourceRate = audio.sampleRateHertz() == head.inputSampleRateHertz();
    if (!sourceRate
        && audio.sampleRateHertz() != 0
        && audio.sampleRateHertz() != OpusPacketDecoder.SAMPLE_RATE_HERTZ) {
      throw InvalidArgumentException.of(
          "sample_rate_hertz",
          audio.sampleRateHertz(),
          "48000, " + head.inputSampleRateHertz() + " as in the Opus header, or 0");
    }
    if (audio.channelCount() != 0 && audio.channelCount() != head.channelCount()) {
      throw InvalidArgumentException.of(
          "channel_count",
          audio.channelCount(),
          head.channelCount() + " as in the Opus header, or 0");
    }
  }

  private static long duration(List<byte[]> packets) {
    long sum = 0;
    for (byte[] packet : packets) {
      sum += OpusPacketDecoder.duration(packet);
    }
    return sum;
  }

  private static InvalidArgumentException severalStreams() {
    return Malformed.content("Ogg with more than one stream of sound", "one Opus stream");
  }
}
