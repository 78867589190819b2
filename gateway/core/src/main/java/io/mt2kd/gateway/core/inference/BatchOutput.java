package io.mt2kd.gateway.core.inference;

import java.time.Duration;
import java.util.List;

/**
 * @param utterances in the order of the batch
 * @param replica that ran it
 * @param backendTime of the call as the gateway saw it
 */
public record BatchOutput(List<UtteranceOutput> utterances, String replica, Duration backendTime) {
  public BatchOutput {
    utterances = List.copyOf(utterances);
  }
}
