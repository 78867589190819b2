package io.mt2kd.gateway.telemetry.tracing;

import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;

/** A span for each recording, below that of the thread. */
final class TracedAudioDecoder implements AudioDecoder {
  private final Tracer tracer;
  private final AudioDecoder decoder;

  TracedAudioDecoder(Tracer tracer, AudioDecoder decoder) {
    this.tracer = tracer;
    this.decoder = decoder;
  }

  @Override
  public Waveform decode(EncodedAudio audio, LengthLimits limits) {
    Span span = tracer.spanBuilder("decode").startSpan();
    try {
      Waveform waveform = decoder.decode(audio, limits);
      span.setAttribute(Attributes.AUDIO, Attributes.seconds(waveform.sampleCount()));
      return waveform;
    } catch (RuntimeException e) {
      span.setStatus(StatusCode.ERROR, e.getClass().getSimpleName());
      throw e;
    } finally {
      span.end();
    }
  }

  @Override
  public int estimateSamples(EncodedAudio audio) {
    return decoder.estimateSamples(audio);
  }
}
