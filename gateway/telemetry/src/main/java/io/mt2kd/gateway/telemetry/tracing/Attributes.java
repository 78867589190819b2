package io.mt2kd.gateway.telemetry.tracing;

import io.mt2kd.gateway.core.audio.Waveform;
import io.opentelemetry.api.common.AttributeKey;

/** The names of what our spans say; times in seconds of audio. */
final class Attributes {
  static final AttributeKey<String> REQUEST_ID = AttributeKey.stringKey("mt2kd.request_id");
  static final AttributeKey<Double> AUDIO = AttributeKey.doubleKey("mt2kd.audio_seconds");
  static final AttributeKey<Double> BUCKET = AttributeKey.doubleKey("mt2kd.bucket_seconds");
  static final AttributeKey<Double> PADDED = AttributeKey.doubleKey("mt2kd.padded_seconds");
  static final AttributeKey<Double> PADDING = AttributeKey.doubleKey("mt2kd.padding_ratio");
  static final AttributeKey<Long> BATCH_SIZE = AttributeKey.longKey("mt2kd.batch_size");
  static final AttributeKey<String> HEADS = AttributeKey.stringKey("mt2kd.heads");
  static final AttributeKey<String> REPLICA = AttributeKey.stringKey("mt2kd.replica");

  private Attributes() {}

  static double seconds(long samples) {
    return (double) samples / Waveform.SAMPLE_RATE_HERTZ;
  }
}
