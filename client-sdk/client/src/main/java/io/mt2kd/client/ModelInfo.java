package io.mt2kd.client;

import java.time.Duration;
import java.util.List;

/**
 * The model behind the gateway and the server that runs it.
 *
 * @param fingerprint SHA-256 over the parts
 * @param labels labels that tags come from
 * @param sampleRateHertz what every recording is resampled to
 * @param buckets lengths up to which recordings are batched together, ascending
 * @param embeddingSize numbers in one voiceprint
 * @param maxBatchSize most utterances in one batch
 * @param maxRequestBytes most bytes of one request
 */
public record ModelInfo(
    String name,
    String version,
    String fingerprint,
    List<String> labels,
    int sampleRateHertz,
    Duration minAudio,
    Duration maxAudio,
    List<Duration> buckets,
    int embeddingSize,
    int maxBatchSize,
    long maxRequestBytes,
    Backend backend) {
  /** Copies the lists. */
  public ModelInfo {
    labels = List.copyOf(labels);
    buckets = List.copyOf(buckets);
  }

  /**
   * The server that runs the model.
   *
   * @param server as it names itself: "triton", "mt2kd-embedded-engine"
   * @param replica its address as the gateway knows it
   */
  public record Backend(String server, String version, String replica) {}
}
