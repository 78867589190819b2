package io.mt2kd.gateway.audio.internal.flac;

import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.audio.internal.StreamShape;
import io.mt2kd.gateway.audio.internal.resample.WaveformBuilder;
import io.mt2kd.gateway.audio.internal.resample.WindowedSinc;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import org.jflac.ChannelData;
import org.jflac.FLACDecoder;
import org.jflac.FrameListener;
import org.jflac.frame.Frame;
import org.jflac.frame.Header;
import org.jflac.metadata.Metadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes FLAC with jFLAC, held to stricter rules than its own.
 *
 * <p>The library looks for the next frame when it cannot read one, plays silence for a frame whose
 * checksum is wrong, and on some inputs looks for ever (jFLAC 1.5.2: a byte of ones at the end, or
 * after the announced total). Here its first complaint ends the recording with a refusal, and so
 * does a frame that disagrees with the stream's header, a gap between frames and a total that is
 * not reached. Bytes after the announced total (tags, for instance) do not matter; the library
 * never hears of that total, nor of any metadata but the first block.
 */
public final class FlacReader {
  private static final Logger logger = LoggerFactory.getLogger(FlacReader.class);

  private final FlacStreamInfo info;
  private final ByteBufferInputStream frames;
  private final FLACDecoder decoder;
  private final WaveformBuilder waveform;

  /** What makes one unit of the 16-bit range out of a sample's. */
  private final double scale;

  private long decoded;

  private FlacReader(FlacStreamInfo info, WaveformBuilder waveform) {
    this.info = info;
    this.waveform = waveform;
    frames = new ByteBufferInputStream(info.frames().duplicate());
    decoder = new FLACDecoder(new SequenceInputStream(headOnly(info), frames));
    decoder.addFrameListener(new FirstComplaint());
    scale = Math.scalb(1.0, 16 - info.bitsPerSample()) / info.channelCount();
  }

  /**
   * Decodes a stream that begins with {@code fLaC}.
   *
   * @param stream from its position to its limit
   * @throws InvalidArgumentException as {@link io.mt2kd.gateway.core.audio.AudioDecoder#decode}
   *     does
   */
  public static Waveform read(
      EncodedAudio audio, ByteBuffer stream, WindowedSinc filter, LengthLimits limits) {
    FlacStreamInfo info = FlacStreamInfo.parse(stream.slice());
    StreamShape shape =
        StreamShape.declared("FLAC", info.sampleRateHertz(), info.channelCount(), audio);
    WaveformBuilder waveform = new WaveformBuilder(filter, shape.sampleRateHertz(), limits);
    if (info.totalSamples() > 0) {
      waveform.requireLength(info.totalSamples());
    }
    FlacReader reader = new FlacReader(info, waveform);
    try {
      reader.readFrames();
    } catch (InvalidArgumentException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      logger.debug("FLAC decoder gave up after {} samples", reader.decoded, e);
      throw reader.unreadable();
    }
    return waveform.build();
  }

  private void readFrames() throws IOException {
    decoder.readMetadata();
    while (info.totalSamples() == 0 ? !atEnd() : decoded < info.totalSamples()) {
      Frame frame = decoder.readNextFrame();
      if (frame == null || decoder.getBadFrames() > 0) {
        throw unreadable();
      }
      requireConsistent(frame.header);
      append(frame.header.blockSize);
    }
    if (info.totalSamples() > 0 && decoded > info.totalSamples()) {
      throw Malformed.content(
          "FLAC with more samples than the " + info.totalSamples() + " of its header", "as many");
    }
  }

  private boolean atEnd() {
    return frames.available() == 0 && decoder.getBitInputStream().getInputBytesUnconsumed() == 0;
  }

  private void requireConsistent(Header frame) {
    if (frame.sampleRate != info.sampleRateHertz()
        || frame.channels != info.channelCount()
        || frame.bitsPerSample != info.bitsPerSample()
        || frame.blockSize > info.maxBlockSize()) {
      throw Malformed.content(
          "FLAC that changes its rate, channels, bits or block size after sample " + decoded,
          "one format throughout");
    }
    // With variable blocks some writers count frames and others samples: there is nothing to hold
    // them to.
    boolean counted = info.minBlockSize() == info.maxBlockSize();
    if (counted && frame.sampleNumber != decoded) {
      throw Malformed.content(
          "FLAC with a gap: sample " + frame.sampleNumber + " after sample " + decoded,
          "every frame of the stream");
    }
  }

  private void append(int blockSize) {
    ChannelData[] channels = decoder.getChannelData();
    for (int i = 0; i < blockSize; i++) {
      long sum = 0;
      for (int channel = 0; channel < info.channelCount(); channel++) {
        sum += channels[channel].getOutput()[i];
      }
      waveform.append(sum * scale);
    }
    decoded += blockSize;
  }

  private InvalidArgumentException unreadable() {
    return Malformed.content(
        "FLAC that is damaged or cut off after sample " + decoded,
        info.totalSamples() > 0 ? info.totalSamples() + " samples" : "whole frames to the end");
  }

  private static InputStream headOnly(FlacStreamInfo info) {
    ByteBuffer head = ByteBuffer.allocate(8 + FlacStreamInfo.BLOCK_BYTES);
    head.put(new byte[] {'f', 'L', 'a', 'C', (byte) 0x80, 0, 0, FlacStreamInfo.BLOCK_BYTES});
    head.put(info.block().duplicate());
    return new ByteBufferInputStream(head.putLong(18, head.getLong(18) & ~0xF_FFFF_FFFFL).flip());
  }

  /** Leaves the library at the first thing that it would pass over. */
  private static final class FirstComplaint implements FrameListener {
    @Override
    public void processMetadata(Metadata metadata) {}

    @Override
    public void processFrame(Frame frame) {}

    @Override
    public void processError(String message) {
      throw new IllegalStateException(message);
    }
  }
}
