package io.mt2kd.gateway.audio;

import static java.util.Objects.requireNonNull;

import io.mt2kd.gateway.audio.internal.Container;
import io.mt2kd.gateway.audio.internal.LengthEstimate;
import io.mt2kd.gateway.audio.internal.Malformed;
import io.mt2kd.gateway.audio.internal.StreamShape;
import io.mt2kd.gateway.audio.internal.flac.FlacReader;
import io.mt2kd.gateway.audio.internal.opus.OggOpusReader;
import io.mt2kd.gateway.audio.internal.pcm.PcmReader;
import io.mt2kd.gateway.audio.internal.pcm.SampleFormat;
import io.mt2kd.gateway.audio.internal.resample.WindowedSinc;
import io.mt2kd.gateway.audio.internal.wav.WavReader;
import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.audio.AudioEncoding;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Decodes every {@link AudioEncoding} in the process, without native code. Safe for concurrent use.
 *
 * <ul>
 *   <li>WAV (also RF64 and BW64): PCM of 8, 16, 24 and 32 bits, float of 32 and 64 bits,
 *       &micro;-law, A-law.
 *   <li>FLAC of 4 to 24 bits, up to 8 channels.
 *   <li>Ogg Opus, mono and stereo.
 *   <li>The same samples without a header: 16-bit, 32-bit float, &micro;-law, A-law; the caller
 *       says rate and channels.
 * </ul>
 *
 * <p>Any rate from 1,000 to 384,000 Hz and 1 to 32 channels. Channels are averaged; a recording of
 * {@code n} samples a channel at {@code r} Hz has {@code ceil(16000 n / r)} afterwards, in time
 * with the original. 16-bit mono at 16 kHz comes out bit for bit. Float samples beyond [-1, 1] are
 * clipped. {@link AudioEncoding#DETECT} goes by the first bytes only.
 *
 * <p>A recording that is damaged, cut off or contradicts itself is refused, never repaired: a
 * transcript of half a recording looks like one of the whole. Nothing is allocated by what a header
 * announces: memory is bounded by the size of the content and of the longest waveform allowed.
 */
public final class StandardAudioDecoder implements AudioDecoder {
  private static final String READABLE = "WAV, FLAC or Opus in Ogg";

  private final WindowedSinc filter = new WindowedSinc();

  @Override
  public Waveform decode(EncodedAudio audio, LengthLimits limits) {
    requireNonNull(limits, "limits");
    ByteBuffer content = audio.content();
    if (!content.hasRemaining()) {
      throw Malformed.content("0 bytes", "a recording");
    }
    Optional<Container> container = Container.of(content);
    if (audio.encoding().isRaw()) {
      requireNoHeader(audio, container);
      return decodeRaw(audio, limits);
    }
    AudioEncoding found = requireReadable(audio, container);
    return switch (found) {
      case WAV -> WavReader.read(audio, filter, limits);
      case FLAC ->
          FlacReader.read(
              audio,
              content.position(content.position() + Container.offset(content)),
              filter,
              limits);
      default -> OggOpusReader.read(audio, filter, limits);
    };
  }

  @Override
  public int estimateSamples(EncodedAudio audio) {
    return LengthEstimate.samples(audio);
  }

  private Waveform decodeRaw(EncodedAudio audio, LengthLimits limits) {
    StreamShape shape = StreamShape.saidBy(audio);
    SampleFormat format =
        switch (audio.encoding()) {
          case PCM_S16LE -> SampleFormat.S16;
          case PCM_F32LE -> SampleFormat.F32;
          case MULAW -> SampleFormat.MULAW;
          case ALAW -> SampleFormat.ALAW;
          default -> throw new IllegalArgumentException("not raw: " + audio.encoding());
        };
    return PcmReader.read(audio.content(), format, shape, filter, limits);
  }

  /**
   * A header read as samples is a click and a wrong rate: more likely the caller's slip than four
   * such samples.
   */
  private static void requireNoHeader(EncodedAudio audio, Optional<Container> container) {
    Optional<AudioEncoding> found = container.flatMap(Container::encoding);
    if (found.isPresent() && audio.content().remaining() > 12) {
      throw InvalidArgumentException.of(
          "encoding",
          audio.encoding().apiName() + ", but the content is " + container.get().title(),
          orDetected(found.get()));
    }
  }

  private static AudioEncoding requireReadable(EncodedAudio audio, Optional<Container> container) {
    AudioEncoding said = audio.encoding();
    Optional<AudioEncoding> found = container.flatMap(Container::encoding);
    if (found.isPresent() && (said == AudioEncoding.DETECT || said == found.get())) {
      return found.get();
    }
    if (container.isEmpty() && audio.content().remaining() < 4) {
      throw Malformed.content(audio.content().remaining() + " bytes", READABLE);
    }
    String content = container.map(Container::title).orElse("of no known kind");
    if (said == AudioEncoding.DETECT) {
      throw InvalidArgumentException.of(
          "encoding",
          "content " + (container.isPresent() ? "is " : "") + content,
          READABLE + ", or a raw encoding that the caller names");
    }
    throw InvalidArgumentException.of(
        "encoding",
        said.apiName() + ", but the content is " + content,
        found.isPresent() ? orDetected(found.get()) : READABLE);
  }

  private static String orDetected(AudioEncoding encoding) {
    return encoding.apiName() + " or " + AudioEncoding.DETECT.apiName();
  }
}
