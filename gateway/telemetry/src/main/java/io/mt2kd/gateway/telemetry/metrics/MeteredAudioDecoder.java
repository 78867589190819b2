package io.mt2kd.gateway.telemetry.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.mt2kd.gateway.core.audio.AudioDecoder;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.audio.LengthLimits;
import io.mt2kd.gateway.core.audio.Waveform;
import java.util.concurrent.TimeUnit;

/** Measures decoding, what is refused apart from what is decoded. */
final class MeteredAudioDecoder implements AudioDecoder {
  private final AudioDecoder decoder;
  private final Timer decoded;
  private final Timer refused;

  MeteredAudioDecoder(MeterRegistry registry, AudioDecoder decoder) {
    this.decoder = decoder;
    this.decoded = timer(registry, "decoded");
    this.refused = timer(registry, "refused");
  }

  private static Timer timer(MeterRegistry registry, String outcome) {
    return Histograms.seconds("mt2kd.decode", "Decoding and resampling of a recording")
        .tag("outcome", outcome)
        .register(registry);
  }

  @Override
  public Waveform decode(EncodedAudio audio, LengthLimits limits) {
    long start = System.nanoTime();
    boolean done = false;
    try {
      Waveform waveform = decoder.decode(audio, limits);
      done = true;
      return waveform;
    } finally {
      (done ? decoded : refused).record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public int estimateSamples(EncodedAudio audio) {
    return decoder.estimateSamples(audio);
  }
}
